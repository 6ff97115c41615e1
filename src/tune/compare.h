// SPDX-License-Identifier: Apache-2.0
// How far a result is from what was expected. All figures in float64.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

// Four definitions of the peak signal-to-noise ratio are in use; with d = got - want, N elements, P = max|want|:
enum class PsnrFlavour : uint8_t {
  kA,      // 20 log10((P + 1e-5) / (sqrt(sum d^2 / N) + 1e-10)): ane_transformers, and the one meant by "PSNR" here
  kC,      // 10 log10((P^2 + 1e-5) / (sum d^2 / size of the first axis + 1e-10)): coremltools' debugging utilities
  kK,      // 10 log10((P^2 + 1e-10) / (sum d^2 / N + 1e-7)): Apple's Core AI models
  kPlain,  // 10 log10(P^2 / (sum d^2 / N)), infinite for equal tensors: coremltools' older tests
};
PsnrFlavour psnr_flavour(const std::string& name);  // "a", "c", "k", "plain"
std::string_view name_of(PsnrFlavour flavour);

// The sums behind all figures about two tensors.
struct Difference {
  bool same_shape = false;  // up to dimensions of size 1; otherwise nothing else is set
  bool finite = true;       // no NaN and no infinity on either side
  int64_t count = 0;
  int64_t first_axis = 1;  // size of the first axis of what was wanted
  double peak = 0;         // max|want|
  double squares = 0;      // sum of (got - want)^2
  double max_abs = 0;      // max|got - want|
  double max_rel = 0;      // max(|got - want| / |want|) where want is not 0
  double dot = 0;          // sum of got * want
  double got_squares = 0;
  double want_squares = 0;

  double psnr(PsnrFlavour flavour = PsnrFlavour::kA) const;
  double cosine() const;  // 1 when both are zero
};
Difference difference(const Tensor& got, const Tensor& want);

struct Comparison {
  bool same_shape = false;
  bool finite = true;       // no NaN or infinity on one side only
  double max_abs = 0;       // largest |got - want|
  double max_want = 0;      // largest |want|, infinities apart
  double worst_excess = 0;  // largest |got - want| - (atol + rtol * |want|); <= 0 passes
  double psnr = 0;          // of the elements that are finite; flavour A

  double relative() const { return max_abs / (max_want > 0 ? max_want : 1); }
};

// Tensors of any numeric types; sizes must agree, and shapes up to dimensions of size 1.
Comparison compare(const Tensor& got, const Tensor& want, double atol = 0, double rtol = 0);

}  // namespace anemone
