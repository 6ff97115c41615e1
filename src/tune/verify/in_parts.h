// SPDX-License-Identifier: Apache-2.0
// Runs a program on samples one part after the other: the weights of a part are prepared, used for all samples and let
// go, so that a model whose weights do not fit into memory as float32 can be proved. Results are those of
// run_samples().
#pragma once

#include <vector>

#include "tune/verify/parity.h"

namespace anemone {

inline constexpr int64_t kPartBytes = 128 << 20;  // of a part's weights in float32, unless one op has more

// A program without states whose values all are tensors of known shapes runs in parts, any other as a whole. A sample
// that cannot be run says so in its result; at least one must run.
std::vector<SampleResult> run_in_parts(const Program& program, const std::vector<InputSample>& samples,
                                       const RunOptions& options, int64_t part_bytes = kPartBytes);

}  // namespace anemone
