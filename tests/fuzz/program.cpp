// SPDX-License-Identifier: Apache-2.0
// Any bytes as a model file: read, verified, and, when accepted, run with made-up inputs by the kernels and by the
// reference evaluation. Tensors and loops are small, so that what is slow or large is an error and not a finding.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/memory.h"
#include "message_mutator.h"
#include "runtime/session.h"

namespace {

using anemone::fuzz::next_random;

constexpr uint64_t kMostBytes = 1 << 17;  // of one tensor
constexpr int64_t kLongestFreeDimension = 5;

anemone::Tensor made_up(const anemone::Output& input, uint64_t& random) {
  anemone::ConcreteShape shape;
  for (const anemone::Dim& dim : input.type.shape)
    shape.push_back(dim.is_constant() ? dim.value()
                                      : static_cast<int64_t>(next_random(random) % kLongestFreeDimension));
  anemone::Tensor tensor(anemone::DType::kFloat32, shape);
  const bool whole = !anemone::is_float(input.type.dtype);
  for (float& value : tensor.as<float>()) {
    const auto number = static_cast<float>(next_random(random) % 32);
    value = whole ? std::max(0.0F, number - 26) : number / 8 - 2;
  }
  return tensor;
}

void run(const std::string& path, bool kernels, uint64_t random) {
  anemone::RunOptions options;
  options.max_loops = 8;
  options.kernels = kernels;
  options.numerics = random % 2 ? anemone::Numerics::kIeeeHalf : anemone::Numerics::kFloat32;
  anemone::Session session = anemone::Session::open(path, options);
  anemone::TensorMap inputs;
  for (const anemone::Output& input : session.program().main().inputs)
    if (input.type.is_tensor() && input.type.ranked) inputs[input.name] = made_up(input, random);
  anemone::TensorMap states;
  session.run(inputs, states);
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  const std::string changed = anemone::fuzz::mutate_message({reinterpret_cast<const char*>(data), size}, random, 0);
  if (changed.empty() || changed.size() > max_size) return size;
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const anemone::fuzz::ScratchFile scratch;
  anemone::set_memory_limit(kMostBytes);
  scratch.write({reinterpret_cast<const std::byte*>(data), size});
  for (const bool kernels : {true, false}) {
    try {
      run(scratch.path(), kernels, size);
    } catch (const anemone::Error&) {
    }
  }
  return 0;
}
