// SPDX-License-Identifier: Apache-2.0
// What the machine can do at most, measured now: nothing that is compared with it can be faster.
#pragma once

#include "kernels/gemm/precision.h"

namespace anemone::bench {

// Operations a second of the tile on data that never leaves the first-level cache, on so many threads; of a precision
// that the machine cannot use, those of float32.
double roof(kernels::Precision precision, int threads);

// Bytes a second read from memory that no cache holds, on so many threads.
double bandwidth(int threads);

}  // namespace anemone::bench
