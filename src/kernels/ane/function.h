// SPDX-License-Identifier: Apache-2.0
// Functions of one half as the Neural Engine approximates them: 33-point tables with straight lines between, some after
// taking the exponent apart. Measured against the exact function on an M6 (751K, Apple Neural Engine Microarchitecture
// Study M6, tables 8-6 and 8-7); the tests hold the same largest errors.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace anemone::kernels::ane {

enum class HalfFunction : uint8_t {
  kCos,
  kErf,
  kExp,
  kExp2,
  kGelu,  // of every mode
  kInverse,
  kLog,
  kRsqrt,
  kSigmoid,
  kSilu,
  kSin,
  kSoftplus,
  kSqrt,
  kTanh,
};

// x and the result are halves.
float evaluate(HalfFunction function, float x);

// A function of one half as a table of all 65,536 results: whatever it is made of costs one look.
class HalfTable {
 public:
  explicit HalfTable(const std::function<float(float)>& function);
  static const HalfTable& of(HalfFunction function);  // made when first asked for

  float operator()(float x) const;
  void apply(const float* x, float* out, int64_t count) const;  // `out` may be `x`

 private:
  std::vector<float> results_;
};

}  // namespace anemone::kernels::ane
