// SPDX-License-Identifier: Apache-2.0
// One drawn attention through all passes: is the draw worth something, are the results kept, is the result in the form
// of the Neural Engine.
#pragma once

#include <set>
#include <string>

#include "attention_choices.h"
#include "ir/program.h"
#include "passes/pass.h"
#include "runtime/executable.h"

namespace anemone::test {

inline constexpr double kKept = 100;    // dB that a rewrite keeps
inline constexpr double kDropped = 40;  // dB that are left at most when a mask is dropped
inline constexpr double kSpread = 2;    // standard deviation of scores at least

// The lowest PSNR of all outputs of two programs on the same inputs.
double psnr_between(const Program& a, const Program& b, const TensorMap& inputs);

struct AttentionTrial {
  std::string what;       // the choices in words
  std::string worthless;  // why the draw shows nothing; empty: it does
  double psnr = 0;
  bool recognised = false;
  std::set<std::string> applied;  // passes that changed something
  std::string reason;             // why it is not in the form
};

AttentionTrial try_attention(unsigned seed, const PassSettings& settings = {});

}  // namespace anemone::test
