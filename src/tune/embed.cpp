// SPDX-License-Identifier: Apache-2.0
#include "tune/embed.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

using Vector = std::span<const float>;

double dot(Vector a, Vector b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

double cosine(Vector a, Vector b) {
  const double lengths = std::sqrt(dot(a, a) * dot(b, b));
  return lengths > 0 ? dot(a, b) / lengths : 0;
}

double euclidean(Vector a, Vector b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i]) - b[i], 2);
  return -std::sqrt(sum);
}

double manhattan(Vector a, Vector b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::fabs(static_cast<double>(a[i]) - b[i]);
  return -sum;
}

const std::map<std::string, double (*)(Vector, Vector)> kSimilarities = {
    {"cosine", cosine}, {"dot", dot}, {"euclidean", euclidean}, {"manhattan", manhattan}};

std::string chosen_output(const TextModel& model, const std::string& wish) {
  std::vector<std::string> names;
  for (const Feature& output : model.function().output_features) names.push_back(output.name);
  for (const std::string& name :
       wish.empty() ? std::vector<std::string>{"sentence_embedding", "text_embeds"} : std::vector<std::string>{wish})
    if (model.output(name)) return name;
  if (!wish.empty()) fail("--feature: the model has no output {}: expected {}", wish, any_of(names));
  fail("the model has no sentence_embedding: convert a sentence encoder, or choose with --feature: {}", any_of(names));
}

}  // namespace

TextEmbedder TextEmbedder::open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                                const std::string& output, const RunOptions& options) {
  TextEmbedder embedder(TextModel::open(model, tokenizer, options));
  with_context(model.string(), [&] {
    embedder.output_ = chosen_output(embedder.model_, output);
    embedder.read_settings();
  });
  return embedder;
}

void TextEmbedder::read_settings() {
  const Json texts = model_.asset("sentence_bert_config.json");
  max_tokens_ = std::min(model_.longest(), model_.tokenizer().model_max_length().value_or(model_.longest()));
  if (const auto most = texts.find("max_seq_length"); most != texts.end() && most->is_number_integer())
    max_tokens_ = std::min(max_tokens_, std::max<int64_t>(most->get<int64_t>(), 1));
  lower_case_ = texts.value("do_lower_case", Json(false)) == true;
  pools_prompt_ = model_.asset("pooling.json").value("include_prompt", Json(true)) != false;

  const Json settings = model_.asset("config_sentence_transformers.json");
  Json prompts = settings.value("prompts", Json());
  if (!prompts.is_object()) prompts = Json::object();
  for (const auto& [name, text] : prompts.items())
    if (text.is_string()) prompts_[name] = text.get<std::string>();
  const Json measure = settings.value("similarity_fn_name", Json());
  const auto known = kSimilarities.find(measure.is_string() ? measure.get<std::string>() : "cosine");
  if (known == kSimilarities.end()) fail("config_sentence_transformers.json: similarity_fn_name {}", measure.dump());
  similarity_ = known->second;
}

std::string TextEmbedder::prompt(const std::string& name, bool required) const {
  const auto found = prompts_.find(name);
  if (found == prompts_.end()) {
    std::vector<std::string> names;
    for (const auto& entry : prompts_) names.push_back(entry.first);
    if (required && names.empty()) fail("--prompt-name: {}: the model has no prompts", name);
    if (required) fail("--prompt-name: {}: expected {}", name, any_of(names));
    return {};
  }
  if (!pools_prompt_ && !found->second.empty())
    fail("--prompt-name: {}: the model leaves prompts out of the mean, which is not supported", name);
  return found->second;
}

std::vector<std::vector<float>> TextEmbedder::embed(std::span<const std::string> texts) {
  EncodeOptions options;
  options.max_length = max_tokens_;
  std::vector<std::vector<float>> vectors;
  for (size_t begin = 0; begin < texts.size(); begin += static_cast<size_t>(batch())) {
    const auto part = texts.subspan(begin, std::min(static_cast<size_t>(batch()), texts.size() - begin));
    std::vector<Encoding> encodings;
    for (const std::string& text : part)
      encodings.push_back(model_.tokenizer().encode(lower_case_ ? to_lower(valid_utf8(text)) : text, options));
    const auto results = model_.run(encodings);
    const RuntimeValue& result = results.at(output_);
    if (result.kind != RuntimeValue::Kind::kTensor || result.tensor.rank() != 2)
      fail("{} is not one vector for each text", output_);
    const Tensor rows = converted(result.tensor, DType::kFloat32);
    const auto size = static_cast<size_t>(rows.shape()[1]);
    for (size_t i = 0; i < part.size(); ++i) {
      const auto row = rows.as<float>().subspan(i * size, size);
      vectors.emplace_back(row.begin(), row.end());
    }
  }
  return vectors;
}

}  // namespace anemone
