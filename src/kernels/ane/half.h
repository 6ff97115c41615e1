// SPDX-License-Identifier: Apache-2.0
// Halves as the Neural Engine reads and rounds them. A value is a float that holds a half.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace anemone::kernels::ane {

// The nearest half, ties away from zero; subnormals are kept, overflow gives infinity.
inline float round_away(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits & 0x80000000U;
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude >= 0x7F800000U) return value;
  if (magnitude < 0x38800000U) {  // below 2^-14: a multiple of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 0x1p24F;
    const float whole = std::trunc(scaled);
    const float rounded = (scaled - whole >= 0.5F ? whole + 1.0F : whole) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(rounded) | sign);
  }
  const uint32_t rounded = (magnitude + 0x1000U) & 0xFFFFE000U;
  return std::bit_cast<float>((rounded >= 0x47800000U ? 0x7F800000U : rounded) | sign);
}

// What the engine takes an infinity or NaN for: exponent 31 is one more binade, 2^16 to 131,008.
inline float decoded(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7F800000U) != 0x7F800000U) return value;
  return std::bit_cast<float>((bits & 0x807FE000U) | 0x47800000U);
}

void round_away(float* values, size_t count);
// Whether any value is infinite or NaN.
bool has_special(const float* values, size_t count);

}  // namespace anemone::kernels::ane
