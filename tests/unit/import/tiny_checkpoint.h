// SPDX-License-Identifier: Apache-2.0
// A DistilBERT checkpoint of 8 channels and one layer that tests change and write where they like.
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "../formats/test_files.h"
#include "base/json.h"
#include "formats/checkpoint.h"
#include "formats/npy.h"
#include "import/convert.h"
#include "runtime/session.h"

namespace anemone::test {

inline const std::filesystem::path kDataFolder = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests" / "data";

struct TinyCheckpoint {
  struct Values {
    ConcreteShape shape;
    std::vector<float> elements;
  };
  Json config;
  std::map<std::string, Values> tensors;

  static TinyCheckpoint load(const std::filesystem::path& folder = kDataFolder / "bad_checkpoints" / "00_control_ok") {
    TinyCheckpoint tiny;
    tiny.config = read_json(folder / "config.json");
    const Checkpoint checkpoint = Checkpoint::open(folder);
    for (const std::string& name : checkpoint.names()) {
      const TensorEntry entry = checkpoint.get(name);
      Values values{entry.shape, std::vector<float>(entry.bytes.size() / sizeof(float))};
      std::memcpy(values.elements.data(), entry.bytes.data(), entry.bytes.size());
      tiny.tensors[name] = std::move(values);
    }
    return tiny;
  }

  // Values that differ from each other, so that a mix-up shows.
  void add(const std::string& name, const ConcreteShape& shape) {
    Values values{shape, std::vector<float>(static_cast<size_t>(product(shape)))};
    float x = 0.137F * static_cast<float>(tensors.size() % 7 + 1);
    for (float& element : values.elements) element = x = x < 0 ? x + 1.1F : x - 0.61F;
    tensors[name] = std::move(values);
  }

  void rename(const std::string& old_name, const std::string& new_name) {
    auto node = tensors.extract(old_name);
    node.key() = new_name;
    tensors.insert(std::move(node));
  }

  void save(const std::filesystem::path& folder) const {
    Json header = Json::object();
    std::string data;
    for (const auto& [name, values] : tensors) {
      const size_t begin = data.size();
      data.append(reinterpret_cast<const char*>(values.elements.data()), values.elements.size() * sizeof(float));
      header[name] = {{"dtype", "F32"}, {"shape", values.shape}, {"data_offsets", {begin, data.size()}}};
    }
    const std::string text = header.dump();
    write_bytes(folder / "model.safetensors", little_endian<uint64_t>(text.size()) + text + data);
    write_bytes(folder / "config.json", config.dump());
  }
};

inline Tensor read_array(const std::filesystem::path& file) {
  const Npy npy = read_npy(file);
  Tensor tensor(npy.dtype, npy.shape);
  std::memcpy(tensor.bytes(), npy.bytes.data(), npy.bytes.size());
  return tensor;
}

inline ConvertOptions options_of(DType precision) {
  ConvertOptions options;
  options.request.precision = precision;
  return options;
}

// The outputs of a conversion's program by name.
inline std::map<std::string, Tensor> run(const Conversion& conversion, const TensorMap& inputs,
                                         Numerics numerics = Numerics::kFloat32) {
  RunOptions options;
  options.numerics = numerics;
  Session session(std::make_shared<const Program>(conversion.program), options);
  TensorMap no_states;
  std::map<std::string, Tensor> outputs;
  for (const auto& [name, value] : session.run(inputs, no_states)) outputs[name] = value.tensor;
  return outputs;
}

// Ids 1, 2, 3 ... and a mask without its last position.
inline TensorMap some_text(const ConcreteShape& shape) {
  Tensor ids(DType::kInt32, shape);
  Tensor mask(DType::kInt32, shape);
  for (size_t i = 0; i < ids.as<int32_t>().size(); ++i) {
    ids.as<int32_t>()[i] = static_cast<int32_t>(i * 5 % 19 + 1);
    mask.as<int32_t>()[i] = (i + 1) % static_cast<size_t>(shape.back()) != 0;
  }
  return {{"input_ids", ids}, {"attention_mask", mask}};
}

}  // namespace anemone::test
