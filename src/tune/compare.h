// SPDX-License-Identifier: Apache-2.0
// How far a result is from what was expected.
#pragma once

#include <string>

#include "ir/tensor.h"

namespace anemone {

struct Comparison {
  bool same_shape = false;
  bool finite = true;       // no NaN or infinity on one side only
  double max_abs = 0;       // largest |got - want|
  double max_want = 0;      // largest |want|, infinities apart
  double worst_excess = 0;  // largest |got - want| - (atol + rtol * |want|); <= 0 passes
  double psnr = 0;          // 20 log10((max|want| + 1e-5) / (rms error + 1e-10)), float64

  double relative() const { return max_abs / (max_want > 0 ? max_want : 1); }
};

// Tensors of any numeric types; sizes must agree, and shapes up to dimensions of size 1.
Comparison compare(const Tensor& got, const Tensor& want, double atol = 0, double rtol = 0);

}  // namespace anemone
