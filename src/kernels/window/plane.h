// SPDX-License-Identifier: Apache-2.0
// A plane laid out for windows: padded in width, and its columns sorted by their remainder modulo the stride, so that
// what neighbouring outputs see under one tap lies side by side, whatever stride, dilation and padding are.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/window/window.h"

namespace anemone::kernels {

class SortedPlane {
 public:
  // `slack` floats may be read behind the last one that an output needs.
  SortedPlane(const PlaneWindows& windows, float fill, int64_t slack);

  void load(const float* plane);
  // For output row `row`: where the first output finds each tap, kernel rows first.
  void taps(int64_t row, const float** sources) const;

 private:
  void load_row(const float* from, float* to) const;

  const PlaneWindows windows_;
  int64_t part_;             // floats of one remainder
  int64_t row_;              // floats of one row
  std::vector<float> data_;  // the rows, and one of fill
};

}  // namespace anemone::kernels
