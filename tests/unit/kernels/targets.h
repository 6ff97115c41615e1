// SPDX-License-Identifier: Apache-2.0
// Runs a check on every instruction set that this machine has and the kernels were compiled for.
#pragma once

#include "kernels/simd.h"  // before Highway

#include <gtest/gtest.h>

#include <hwy/highway.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace anemone::kernels {

// Calls check(target) with each target forced in turn, best first.
template <typename Check>
void for_each_target(const Check& check) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

inline std::vector<float> random_floats(int64_t count, unsigned seed, float low = -1.0F, float high = 1.0F) {
  std::mt19937 generator(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = low + (high - low) * (static_cast<float>(generator() >> 8) * 0x1p-24F);
  return values;
}

inline bool same_bits(const std::vector<float>& x, const std::vector<float>& y) {
  return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0);
}

// Distance from the exact value in units in the last place of its float.
inline double ulp_error(float value, double exact) {
  if (std::isnan(exact)) return std::isnan(value) ? 0 : INFINITY;
  const float nearest = static_cast<float>(exact);
  if (std::isinf(nearest) || std::isinf(value)) return value == nearest ? 0 : INFINITY;
  int exponent = 0;
  std::frexp(exact, &exponent);
  return std::abs(value - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

}  // namespace anemone::kernels
