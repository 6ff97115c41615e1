// SPDX-License-Identifier: Apache-2.0
// Transposes dense arrays of any rank: output axis i is input axis order[i]. Elements are moved as bits, 1, 2, 4 or 8
// bytes each. Neighbouring axes that stay neighbours are treated as one; the rest goes in blocks that fit the cache.
#pragma once

#include <cstdint>
#include <span>

namespace anemone::kernels {

// `order` must be a permutation of the axes of `shape`. `out` must not overlap `x`.
void permute(int threads, int64_t element_size, std::span<const int64_t> shape, std::span<const int64_t> order,
             const void* x, void* out);

}  // namespace anemone::kernels
