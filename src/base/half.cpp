// SPDX-License-Identifier: Apache-2.0
#include "base/half.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace anemone {
namespace {

#if defined(__x86_64__)
#define ANEMONE_F16C __attribute__((target("avx,f16c")))

bool has_f16c() {
  static const bool present =
      [] {  // clang 14 does not know "f16c" by name; "avx" also asks whether the system saves it
        unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
        return __builtin_cpu_supports("avx") && __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
      }();
  return present;
}

ANEMONE_F16C size_t widen_f16c(const uint16_t* from, float* to, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
  return i;
}

ANEMONE_F16C size_t narrow_f16c(const float* from, uint16_t* to, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  return i;
}

ANEMONE_F16C size_t round_f16c(float* values, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(values + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_ps(values + i, _mm256_cvtph_ps(half));
  }
  return i;
}
#else
bool has_f16c() { return false; }
size_t widen_f16c(const uint16_t*, float*, size_t) { return 0; }
size_t narrow_f16c(const float*, uint16_t*, size_t) { return 0; }
size_t round_f16c(float*, size_t) { return 0; }
#endif

}  // namespace

void half_to_float(const uint16_t* from, float* to, size_t count) {
  for (size_t i = has_f16c() ? widen_f16c(from, to, count) : 0; i < count; ++i) to[i] = half_to_float(from[i]);
}

void float_to_half(const float* from, uint16_t* to, size_t count) {
  for (size_t i = has_f16c() ? narrow_f16c(from, to, count) : 0; i < count; ++i) to[i] = float_to_half(from[i]);
}

void round_to_half(float* values, size_t count) {
  for (size_t i = has_f16c() ? round_f16c(values, count) : 0; i < count; ++i) values[i] = round_to_half(values[i]);
}

}  // namespace anemone
