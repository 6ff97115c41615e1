// SPDX-License-Identifier: Apache-2.0
// Sampling grids of the image ops: where the samples of an axis lie, and interpolation between its elements. Positions
// are float64 and clamped to the axis; weights and sums are float32.
#pragma once

#include <string>
#include <vector>

#include "ir/op_definition.h"

namespace anemone {

// MIL's five rules for spreading b samples over the interval [first, last] of an axis (n = last - first + 1):
enum class SamplingMode {
  kStrictAlignCorners,  // first + i * (n - 1) / (b - 1)
  kAlignCorners,        // the same; a single sample lies in the middle
  kDefault,             // first + i * n / b
  kOffsetCorners,       // first + (i + 0.5) * max(1, n - 1) / b
  kUnalignCorners,      // first + (i + 0.5) * n / b - 0.5
};

SamplingMode sampling_mode(const std::string& name);  // Error when there is none of this name

// Not clamped.
std::vector<double> sampling_positions(SamplingMode mode, double first, double last, int64_t count);

// The two neighbours of a sample and the weight of the second.
struct LinearTap {
  int64_t low, high;
  float weight;
};
LinearTap linear_tap(double position, int64_t size);  // position clamped to [0, size - 1]

// x resampled along one axis, linearly or at the nearest positions (halves go up). float32, or any type for nearest.
Tensor resampled_linear(const Tensor& x, int axis, const std::vector<double>& positions, int threads);
Tensor resampled_nearest(const Tensor& x, int axis, std::vector<int64_t> positions, int threads);
// The only result: the last two axes of x at the nearest rows and columns.
void resample_planes_nearest(const Tensor& x, std::vector<int64_t> rows, std::vector<int64_t> columns,
                             Results& results);

}  // namespace anemone
