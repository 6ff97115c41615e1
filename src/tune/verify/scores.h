// SPDX-License-Identifier: Apache-2.0
// What counts for outputs that a choice is made from, row by row along the last axis: whether two models choose alike.
#pragma once

#include <cstdint>

#include "ir/tensor.h"

namespace anemone {

struct Scores {
  int64_t rows = 0;
  int64_t same_best = 0;   // rows whose largest element is the same
  int64_t k = 0;           // size of the sets of largest elements
  double overlap = 0;      // sum over rows of |both| / |either| of these sets (Jaccard)
  double divergence = 0;   // sum over rows of KL(reference || model) of the softmax, in nats
  double top_squares = 0;  // sum of squared errors at the reference's k largest
  double top_peak = 0;     // largest magnitude there

  double agreement() const { return rows ? static_cast<double>(same_best) / static_cast<double>(rows) : 1; }
  double jaccard() const { return rows ? overlap / static_cast<double>(rows) : 1; }
  double kl() const { return rows ? divergence / static_cast<double>(rows) : 0; }
  double top_psnr() const;  // of the elements at the reference's k largest
  void add(const Scores& other);
};

// Finite tensors of the same size whose last axis has at least two elements. Rows that are probabilities already
// (none negative, sum 1) are taken as they are.
Scores scores(const Tensor& got, const Tensor& want, int64_t k);

}  // namespace anemone
