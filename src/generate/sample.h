// SPDX-License-Identifier: Apache-2.0
// Picks the next token from logits: the best one, or by chance among the likely ones. The same seed gives the same
// tokens on every machine.
#pragma once

#include <cstdint>
#include <span>

namespace anemone {

struct SamplingOptions {
  double temperature = 0;  // logits are divided by it; 0: always the best token, and the others have no effect
  int64_t top_k = 0;       // only tokens as likely as the k-th; 0: all
  double top_p = 1;        // of those, only the likeliest that together reach this probability, at least one
  uint64_t seed = 0;
};

// Throws Error naming the flag that is out of range.
void check(const SamplingOptions& options);

class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options) : options_(options), state_(options.seed) {}
  // Of equal logits, the best is the first. Throws Error when a logit is NaN.
  int32_t pick(std::span<const float> logits);

 private:
  double uniform();  // in [0, 1)

  SamplingOptions options_;
  uint64_t state_;
};

}  // namespace anemone
