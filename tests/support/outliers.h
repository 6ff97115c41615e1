// SPDX-License-Identifier: Apache-2.0
// A model in the shape of GPT-2 whose residual stream has outlier channels like trained ones: a few channels hold
// numbers in the thousands while the others stay around one. Its layer norms are spelled out, with the mean over the
// channels taken in half precision or in float32; all else is the same in both.
#pragma once

#include <cstdint>

#include "ir/program.h"

namespace anemone::test {

struct OutlierModel {
  int layers = 6;
  int64_t width = 192;
  int64_t heads = 6;
  int64_t length = 32;
  int64_t vocabulary = 512;
  int outlier_channels = 3;
  float outlier = 750;  // in a width of 768 this is 3000: the mean over the channels is what matters
  bool float_mean = false;
  unsigned seed = 1;
};

Program outlier_gpt2(const OutlierModel& model);

}  // namespace anemone::test
