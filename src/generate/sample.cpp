// SPDX-License-Identifier: Apache-2.0
#include "generate/sample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace anemone {
namespace {

struct Choice {
  int32_t token;
  double weight;  // its probability up to a common factor
};

// Likeliest first.
std::vector<Choice> sorted_choices(std::span<const float> logits, double temperature) {
  std::vector<Choice> choices;
  const double largest = *std::max_element(logits.begin(), logits.end());
  for (size_t i = 0; i < logits.size(); ++i)
    choices.push_back({static_cast<int32_t>(i), std::exp((logits[i] - largest) / temperature)});
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.weight > b.weight; });
  return choices;
}

double sum_of(const std::vector<Choice>& choices) {
  double sum = 0;
  for (const Choice& choice : choices) sum += choice.weight;
  return sum;
}

// Tokens as likely as the k-th stay.
void keep_top_k(std::vector<Choice>& choices, int64_t k) {
  if (k == 0 || k >= static_cast<int64_t>(choices.size())) return;
  const double least = choices[static_cast<size_t>(k) - 1].weight;
  choices.erase(std::find_if(choices.begin(), choices.end(), [&](const Choice& c) { return c.weight < least; }),
                choices.end());
}

// As few as reach the share p of the whole.
void keep_top_p(std::vector<Choice>& choices, double p) {
  if (p >= 1) return;
  const double wanted = p * sum_of(choices);
  double sum = 0;
  size_t kept = 0;
  while (kept < choices.size() && (kept == 0 || sum < wanted)) sum += choices[kept++].weight;
  choices.resize(kept);
}

}  // namespace

void check(const SamplingOptions& options) {
  if (!(options.temperature >= 0 && options.temperature <= 1000))
    fail("--temperature: {}: expected 0 to 1000", options.temperature);
  if (options.top_k < 0) fail("--top-k: {}: expected 0 or more", options.top_k);
  if (!(options.top_p > 0 && options.top_p <= 1)) fail("--top-p: {}: expected more than 0, at most 1", options.top_p);
}

int32_t Sampler::pick(std::span<const float> logits) {
  CHECK(!logits.empty());
  if (std::any_of(logits.begin(), logits.end(), [](float x) { return std::isnan(x); })) fail("a logit is NaN");
  const auto best = std::max_element(logits.begin(), logits.end());
  if (options_.temperature == 0) return static_cast<int32_t>(best - logits.begin());
  std::vector<Choice> choices = sorted_choices(logits, options_.temperature);
  keep_top_k(choices, options_.top_k);
  keep_top_p(choices, options_.top_p);
  double left = uniform() * sum_of(choices);
  for (const Choice& choice : choices)
    if ((left -= choice.weight) < 0) return choice.token;
  return choices.front().token;  // only by rounding
}

// SplitMix64 (Steele, Lea and Flood, 2014).
double Sampler::uniform() {
  state_ += 0x9E3779B97F4A7C15U;
  uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1.0p-53;
}

}  // namespace anemone
