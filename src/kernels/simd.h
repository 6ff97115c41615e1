// SPDX-License-Identifier: Apache-2.0
// Which instruction sets the vector kernels are compiled for: x86-64-v2 (SSE4), AVX2, AVX-512, NEON and the compiler's
// baseline. Include before any Highway header. Scalable vectors (SVE, RISC-V) are left to NEON and the baseline: the
// kernels keep arrays of vectors, which sizeless types do not allow.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Unrolls the loop that follows: accumulators stay in registers only when their indices are constants.
#if defined(__clang__)
#define ANEMONE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ANEMONE_UNROLL _Pragma("GCC unroll 32")
#endif
