// SPDX-License-Identifier: Apache-2.0
// How functions along one axis of [outer, axis, inner] data are cut for threads: whole rows when inner is 1, else
// blocks of columns narrow enough that a block stays in cache between passes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/parallel.h"

namespace anemone::kernels {

inline constexpr int64_t kColumnBlock = 128;

// body(offset of the first element, columns) for each row or block; columns is 1 for rows.
template <typename Body>
void for_each_block(int threads, int64_t outer, int64_t axis, int64_t inner, const Body& body) {
  constexpr int64_t kMinimumElements = 1 << 14;  // what is worth waking a thread
  const int64_t blocks = (inner + kColumnBlock - 1) / kColumnBlock;
  const int64_t elements = std::max<int64_t>(1, axis * std::min(inner, kColumnBlock));
  parallel_for(threads, outer * blocks, std::max<int64_t>(1, kMinimumElements / elements),
               [&](int64_t begin, int64_t end) {
                 for (int64_t piece = begin; piece < end; ++piece) {
                   const int64_t column = piece % blocks * kColumnBlock;
                   body(piece / blocks * axis * inner + column, std::min(kColumnBlock, inner - column));
                 }
               });
}

}  // namespace anemone::kernels
