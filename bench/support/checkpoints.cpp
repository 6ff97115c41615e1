// SPDX-License-Identifier: Apache-2.0
#include "support/checkpoints.h"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/half.h"
#include "base/json.h"

namespace anemone::bench {
namespace {

namespace fs = std::filesystem;

struct TensorShape {
  std::string name;
  std::vector<int64_t> sizes;
};
using Tensors = std::vector<TensorShape>;

struct Shape {
  Json config;
  Tensors tensors;
  bool bfloat16 = false;
};

void add_linear(Tensors& tensors, const std::string& name, int64_t out, int64_t in) {
  tensors.push_back({name + ".weight", {out, in}});
  tensors.push_back({name + ".bias", {out}});
}

void add_norm(Tensors& tensors, const std::string& name, int64_t channels) {
  tensors.push_back({name + ".weight", {channels}});
  tensors.push_back({name + ".bias", {channels}});
}

Shape bert_base() {
  constexpr int64_t kChannels = 768, kHidden = 3072, kLayers = 12, kVocabulary = 30522, kPositions = 512;
  Shape shape;
  shape.config = {{"architectures", {"BertModel"}},
                  {"model_type", "bert"},
                  {"hidden_act", "gelu"},
                  {"hidden_size", kChannels},
                  {"intermediate_size", kHidden},
                  {"layer_norm_eps", 1e-12},
                  {"max_position_embeddings", kPositions},
                  {"num_attention_heads", 12},
                  {"num_hidden_layers", kLayers},
                  {"type_vocab_size", 2},
                  {"vocab_size", kVocabulary}};
  Tensors& tensors = shape.tensors;
  tensors = {{"embeddings.word_embeddings.weight", {kVocabulary, kChannels}},
             {"embeddings.position_embeddings.weight", {kPositions, kChannels}},
             {"embeddings.token_type_embeddings.weight", {2, kChannels}}};
  add_norm(tensors, "embeddings.LayerNorm", kChannels);
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("encoder.layer.{}.", i);
    for (const char* part : {"query", "key", "value"})
      add_linear(tensors, layer + "attention.self." + part, kChannels, kChannels);
    add_linear(tensors, layer + "attention.output.dense", kChannels, kChannels);
    add_norm(tensors, layer + "attention.output.LayerNorm", kChannels);
    add_linear(tensors, layer + "intermediate.dense", kHidden, kChannels);
    add_linear(tensors, layer + "output.dense", kChannels, kHidden);
    add_norm(tensors, layer + "output.LayerNorm", kChannels);
  }
  add_linear(tensors, "pooler.dense", kChannels, kChannels);
  return shape;
}

Shape distilbert_base() {
  constexpr int64_t kChannels = 768, kHidden = 3072, kLayers = 6, kVocabulary = 30522, kPositions = 512;
  Shape shape;
  shape.config = {{"architectures", {"DistilBertModel"}},
                  {"model_type", "distilbert"},
                  {"activation", "gelu"},
                  {"dim", kChannels},
                  {"hidden_dim", kHidden},
                  {"max_position_embeddings", kPositions},
                  {"n_heads", 12},
                  {"n_layers", kLayers},
                  {"vocab_size", kVocabulary}};
  Tensors& tensors = shape.tensors;
  tensors = {{"embeddings.word_embeddings.weight", {kVocabulary, kChannels}},
             {"embeddings.position_embeddings.weight", {kPositions, kChannels}}};
  add_norm(tensors, "embeddings.LayerNorm", kChannels);
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("transformer.layer.{}.", i);
    for (const char* part : {"q_lin", "k_lin", "v_lin", "out_lin"})
      add_linear(tensors, layer + "attention." + part, kChannels, kChannels);
    add_norm(tensors, layer + "sa_layer_norm", kChannels);
    add_linear(tensors, layer + "ffn.lin1", kHidden, kChannels);
    add_linear(tensors, layer + "ffn.lin2", kChannels, kHidden);
    add_norm(tensors, layer + "output_layer_norm", kChannels);
  }
  return shape;
}

// GPT-2 stores its products (in, out).
Shape gpt2(int64_t channels, int64_t layers, int64_t heads) {
  constexpr int64_t kVocabulary = 50257, kPositions = 1024;
  Shape shape;
  shape.config = {{"architectures", {"GPT2LMHeadModel"}},
                  {"model_type", "gpt2"},
                  {"activation_function", "gelu_new"},
                  {"layer_norm_epsilon", 1e-5},
                  {"n_embd", channels},
                  {"n_head", heads},
                  {"n_layer", layers},
                  {"n_positions", kPositions},
                  {"vocab_size", kVocabulary}};
  Tensors& tensors = shape.tensors;
  tensors = {{"wte.weight", {kVocabulary, channels}}, {"wpe.weight", {kPositions, channels}}};
  const auto add_product = [&](const std::string& name, int64_t in, int64_t out) {
    tensors.push_back({name + ".weight", {in, out}});
    tensors.push_back({name + ".bias", {out}});
  };
  for (int64_t i = 0; i < layers; ++i) {
    const std::string layer = fmt::format("h.{}.", i);
    add_norm(tensors, layer + "ln_1", channels);
    add_product(layer + "attn.c_attn", channels, 3 * channels);
    add_product(layer + "attn.c_proj", channels, channels);
    add_norm(tensors, layer + "ln_2", channels);
    add_product(layer + "mlp.c_fc", channels, 4 * channels);
    add_product(layer + "mlp.c_proj", 4 * channels, channels);
  }
  add_norm(tensors, "ln_f", channels);
  return shape;
}

// The shape of TinyLlama 1.1B.
Shape llama_1b() {
  constexpr int64_t kChannels = 2048, kHidden = 5632, kLayers = 22, kVocabulary = 32000, kKeys = 256;
  Shape shape;
  shape.bfloat16 = true;
  shape.config = {{"architectures", {"LlamaForCausalLM"}},
                  {"model_type", "llama"},
                  {"hidden_act", "silu"},
                  {"hidden_size", kChannels},
                  {"intermediate_size", kHidden},
                  {"max_position_embeddings", 2048},
                  {"num_attention_heads", 32},
                  {"num_hidden_layers", kLayers},
                  {"num_key_value_heads", 4},
                  {"rms_norm_eps", 1e-5},
                  {"rope_theta", 10000.0},
                  {"tie_word_embeddings", false},
                  {"vocab_size", kVocabulary}};
  Tensors& tensors = shape.tensors;
  tensors.push_back({"model.embed_tokens.weight", {kVocabulary, kChannels}});
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    tensors.push_back({layer + "input_layernorm.weight", {kChannels}});
    tensors.push_back({layer + "self_attn.q_proj.weight", {kChannels, kChannels}});
    tensors.push_back({layer + "self_attn.k_proj.weight", {kKeys, kChannels}});
    tensors.push_back({layer + "self_attn.v_proj.weight", {kKeys, kChannels}});
    tensors.push_back({layer + "self_attn.o_proj.weight", {kChannels, kChannels}});
    tensors.push_back({layer + "post_attention_layernorm.weight", {kChannels}});
    tensors.push_back({layer + "mlp.gate_proj.weight", {kHidden, kChannels}});
    tensors.push_back({layer + "mlp.up_proj.weight", {kHidden, kChannels}});
    tensors.push_back({layer + "mlp.down_proj.weight", {kChannels, kHidden}});
  }
  tensors.push_back({"model.norm.weight", {kChannels}});
  tensors.push_back({"lm_head.weight", {kVocabulary, kChannels}});
  return shape;
}

const std::map<std::string, std::function<Shape()>>& shapes() {
  static const std::map<std::string, std::function<Shape()>> all = {{"bert-base", bert_base},
                                                                    {"distilbert-base", distilbert_base},
                                                                    {"gpt2", [] { return gpt2(768, 12, 12); }},
                                                                    {"gpt2-xl", [] { return gpt2(1600, 48, 25); }},
                                                                    {"llama-1.1b", llama_1b}};
  return all;
}

// Numbers of a mean and deviation as trained weights have them: matrices around 0, scales around 1.
class RandomWeights {
 public:
  void fill(const TensorShape& tensor, std::vector<float>& values) {
    const bool scale = tensor.sizes.size() == 1 && tensor.name.ends_with("weight");
    for (float& value : values) value = (scale ? 1.0F : 0.0F) + 0.0346F * uniform();  // deviation 0.02
  }

 private:
  float uniform() {  // in [-1, 1); splitmix64 (Steele, Lea, Flood 2014)
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return static_cast<float>(static_cast<int64_t>(z ^ (z >> 31)) >> 40) * 0x1p-23F;
  }

  uint64_t state_ = 1;
};

int64_t count_of(const TensorShape& tensor) {
  int64_t count = 1;
  for (const int64_t size : tensor.sizes) count *= size;
  return count;
}

std::string header_of(const Shape& shape) {
  Json header;
  header["__metadata__"] = {{"format", "pt"}};
  int64_t offset = 0;
  for (const TensorShape& tensor : shape.tensors) {
    const int64_t end = offset + count_of(tensor) * (shape.bfloat16 ? 2 : 4);
    header[tensor.name] = {
        {"dtype", shape.bfloat16 ? "BF16" : "F32"}, {"shape", tensor.sizes}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

void write_weights(const Shape& shape, const fs::path& path) {
  constexpr size_t kAtOnce = size_t{1} << 20;
  std::ofstream file(path, std::ios::binary);
  const std::string header = header_of(shape);
  for (int byte = 0; byte < 8; ++byte) file.put(static_cast<char>(header.size() >> (8 * byte)));
  file << header;
  RandomWeights random;
  std::vector<float> values;
  std::vector<uint16_t> halves;
  for (const TensorShape& tensor : shape.tensors)
    for (auto left = static_cast<size_t>(count_of(tensor)); left > 0; left -= values.size()) {
      values.resize(std::min(left, kAtOnce));
      random.fill(tensor, values);
      halves.clear();
      if (shape.bfloat16)
        for (const float value : values) halves.push_back(float_to_bfloat16(value));
      if (shape.bfloat16)
        file.write(reinterpret_cast<const char*>(halves.data()), static_cast<std::streamsize>(2 * halves.size()));
      else
        file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(4 * values.size()));
    }
  if (!file.flush()) fail("{}: cannot be written", path.string());
}

}  // namespace

std::vector<std::string> checkpoint_shapes() {
  std::vector<std::string> names;
  for (const auto& entry : shapes()) names.push_back(entry.first);
  return names;
}

void write_checkpoint(const std::string& name, const fs::path& folder) {
  const auto found = shapes().find(name);
  if (found == shapes().end()) fail("{}: no such shape", name);
  const Shape shape = found->second();
  fs::create_directories(folder);
  write_weights(shape, folder / "model.safetensors");
  std::ofstream(folder / "config.json") << shape.config.dump(2) << "\n";  // last: its presence says all is there
}

fs::path checkpoint(const std::string& shape, const fs::path& folder) {
  const fs::path path = folder / shape;
  if (!fs::exists(path / "config.json")) write_checkpoint(shape, path);
  return path;
}

}  // namespace anemone::bench
