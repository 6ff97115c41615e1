// SPDX-License-Identifier: Apache-2.0
// A Core ML model, opened for running on this machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace anemone {

enum class ElementType {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat16,
  kFloat32,
  kFloat64
};

// A dense row-major array. `data` holds product(shape) little-endian elements; halves are IEEE 754 binary16 patterns.
struct Array {
  ElementType type = ElementType::kFloat32;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;

  static Array of(std::vector<int64_t> shape, const std::vector<float>& values);
  static Array of(std::vector<int64_t> shape, const std::vector<int32_t>& values);
  std::vector<float> floats() const;  // any numeric type, converted
};

struct ModelOptions {
  bool round_to_half = false;  // round each result to its declared half type (ieee-half); else compute in float32
  int threads = 1;
};

// Functions throw std::runtime_error with a one-line message. One Model serves one thread at a time.
class Model {
 public:
  // A .mlpackage folder, or a .mlmodel file with its weights beside it.
  static Model open(const std::string& path, const ModelOptions& options = {});
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  std::vector<std::string> inputs() const;  // of the default function
  std::vector<std::string> outputs() const;
  // Runs the default function. States, if any, are kept from call to call.
  std::map<std::string, Array> run(const std::map<std::string, Array>& inputs);
  void reset_states();

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace anemone
