// SPDX-License-Identifier: Apache-2.0
// Runs programs. Constants are prepared once (widened, weights packed for the kernels; decompressed ones up to a
// limit); a plan for each combination of input shapes fixes shapes, folded values and buffers, and is kept. Results do
// not depend on the number of threads. One Executable serves one thread of control at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

namespace kernels {
enum class Precision : uint8_t;
namespace ane {
struct Family;
}
}  // namespace kernels

// What a function takes and gives: a tensor in compute form, a list of tensors, a class label or a table of
// probabilities.
struct RuntimeValue {
  enum class Kind : uint8_t { kTensor, kList, kLabel, kDictionary };

  Kind kind = Kind::kTensor;
  Tensor tensor;
  std::shared_ptr<std::vector<Tensor>> list;
  std::string label;                                       // of a classifier
  std::vector<std::pair<std::string, double>> dictionary;  // of a classifier, in the order of its classes
  bool string_labels = true;                               // of a classifier; false: its labels are int64

  RuntimeValue() = default;
  RuntimeValue(Tensor value) : tensor(std::move(value)) {}  // NOLINT: a tensor is a value
};

using TensorMap = std::map<std::string, Tensor>;

struct RunOptions {
  Numerics numerics = Numerics::kFloat32;
  int threads = 1;
  bool kernels = true;                           // false: the ops' own reference evaluation, one by one
  kernels::Precision products{};                 // of products with weights; only with kFloat32
  bool fusions = true;                           // false: kernels run one by one
  const kernels::ane::Family* family = nullptr;  // whose numerics kAne are; nullptr: the default chip's
  uint64_t seed = 0;                             // of random ops
  int64_t max_loops = 1'000'000;                 // rounds of one while_loop
  // Bytes of decompressed weights (in compute form) that are kept; the others are made anew whenever their op runs.
  size_t decompressed_limit = size_t{256} << 20;
};

class Executable {
 public:
  // The program must have been verified.
  Executable(std::shared_ptr<const Program> program, RunOptions options);
  ~Executable();
  Executable(Executable&&) noexcept;

  // Runs a function. Inputs in compute form and of the declared element types; every tensor input must be there, with
  // a shape that fits. States are created with zeros when absent and updated in place. Throws Error naming the input
  // or op.
  std::map<std::string, RuntimeValue> run(const std::string& function, const TensorMap& inputs, TensorMap& states);

  // After each op, for comparisons: its outputs by value name. Slows the run down.
  using Trace = std::function<void(const Op&, const Output&, const Tensor&)>;
  void set_trace(Trace trace);

  const Program& program() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace anemone
