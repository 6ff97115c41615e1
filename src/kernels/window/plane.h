// SPDX-License-Identifier: Apache-2.0
// Where the elements of a plane lie when its windows are worked out: padded, and sorted by the remainders of row and
// column modulo the strides. Then one tap of all outputs is one run of memory, whatever strides, dilations and padding
// are, and output (y, x) is element y · pitch + x of every run. Between rows lie a few elements that mean nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/window/window.h"

namespace anemone::kernels {

struct SortedPlane {
  explicit SortedPlane(const PlaneWindows& windows);

  int64_t pitch;                 // of an output row
  int64_t rows;                  // of one remainder
  int64_t size;                  // of the whole layout
  int64_t outputs;               // from the first to the last one
  std::vector<int64_t> offsets;  // of each tap's run, kernel rows first
};

}  // namespace anemone::kernels
