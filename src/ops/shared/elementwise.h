// SPDX-License-Identifier: Apache-2.0
// Loops for ops whose result elements depend on one element of each argument. A result may share its memory with an
// argument of the same shape: every element is read before it is written. Work is cut into pieces of a fixed size, so
// thread counts change nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "ir/op_definition.h"

namespace anemone {

inline constexpr int64_t kElementwiseGrain = 16384;

// Result 0 = f(x), element by element, elements of type T becoming type R.
template <typename T, typename R, typename F>
void map_elements(const Tensor& x, Results& results, DType result_type, F f) {
  Tensor& y = results.allocate(0, x.shape(), result_type);
  const T* from = x.as<T>().data();
  R* to = y.as<R>().data();
  parallel_for(results.threads(), x.size(), kElementwiseGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = f(from[i]);
  });
}

// A transcendental function goes through double: its rounded result does not depend on the C library.
template <typename F>
void map_in_double(const Tensor& x, Results& results, F f) {
  map_elements<float, float>(x, results, DType::kFloat32,
                             [&](float value) { return static_cast<float>(f(static_cast<double>(value))); });
}

// How N operands are read while a result is written in order: `count` elements from `begin` on; operand k is read at
// offsets[k], offsets[k] + steps[k], ... with steps of 0 or 1.
template <size_t N>
struct BroadcastRun {
  int64_t begin, count;
  std::array<int64_t, N> offsets, steps;
};

// The shape that operands are broadcast to, as NumPy does. Error when they do not fit.
ConcreteShape broadcast_shape(const std::vector<const Tensor*>& operands);
// The same for types; unranked when one of them is.
Type broadcast_type(const std::vector<const Type*>& operands, DType dtype);

// Axes of a result merged as far as all operands allow, and the steps of each operand along them.
class BroadcastAxes {
 public:
  BroadcastAxes(const ConcreteShape& result, const std::vector<const Tensor*>& operands);

  int64_t row() const { return sizes_.back(); }
  int64_t rows() const { return rows_; }
  int64_t step(size_t operand) const { return strides_.back()[operand]; }
  // Where operand `operand` begins in row `row`.
  int64_t offset(size_t operand, int64_t row) const;

 private:
  std::vector<int64_t> sizes_;
  std::vector<std::vector<int64_t>> strides_;  // by axis, then operand
  int64_t rows_ = 1;
};

// Calls body(BroadcastRun<N>) so that the runs cover the result.
template <size_t N, typename Body>
void for_each_run(const ConcreteShape& result, const std::array<const Tensor*, N>& operands, int threads, Body body) {
  if (product(result) == 0) return;
  const BroadcastAxes axes(result, {operands.begin(), operands.end()});
  const int64_t row = axes.row();
  const int64_t pieces = (row + kElementwiseGrain - 1) / kElementwiseGrain;
  const int64_t grain = std::max<int64_t>(1, kElementwiseGrain / row);
  parallel_for(threads, axes.rows() * pieces, grain, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      const int64_t index = piece / pieces;
      const int64_t start = piece % pieces * kElementwiseGrain;
      BroadcastRun<N> run{index * row + start, std::min(kElementwiseGrain, row - start), {}, {}};
      for (size_t k = 0; k < N; ++k) {
        run.steps[k] = axes.step(k);
        run.offsets[k] = axes.offset(k, index) + start * run.steps[k];
      }
      body(run);
    }
  });
}

// A double as an integer: towards zero, saturating; NaN is 0.
inline int32_t saturated(double value) {
  if (std::isnan(value)) return 0;
  const double low = std::numeric_limits<int32_t>::lowest();
  const double high = std::numeric_limits<int32_t>::max();
  return static_cast<int32_t>(std::clamp(value, low, high));
}

// int32 arithmetic that wraps around.
template <typename F>
int32_t wrapped(F f, int32_t a, int32_t b) {
  return static_cast<int32_t>(f(static_cast<uint32_t>(a), static_cast<uint32_t>(b)));
}

// "x: T=fp16|fp32" and const scalars of the same type; from CoreML7 on these have a type of their own.
std::vector<Signature> parametric_signatures(const std::vector<std::string>& parameters,
                                             const std::string& suffix = " const");

// A numeric parameter. A default is taken in x's element type (1e-12 is 0 in fp16), as coremltools does.
float float_parameter(const Arguments& args, std::string_view name, std::string_view typed_like = "x");
// Checks that a parameter is a scalar or has one element.
void expect_scalar(const Arguments& args, std::string_view name);

}  // namespace anemone
