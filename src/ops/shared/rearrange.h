// SPDX-License-Identifier: Apache-2.0
// Ops that trade channels or batches of [n, c, h, w] for space. Blocks of x are split off into axes of their own, the
// axes are permuted, and neighbours are joined again into four.
#pragma once

#include <array>
#include <vector>

#include "ir/op_definition.h"
#include "ops/shared/view.h"

namespace anemone {

// A block along height and one along width, in elements.
struct BlockSize {
  int64_t height = 1, width = 1;
  int64_t area() const;  // Error when it overflows
};

struct Rearrangement {
  // The sizes that an axis of x is split into; an entry 0 stands for what is left.
  std::array<std::vector<int64_t>, 4> split;
  std::vector<int> permutation;
  std::array<int, 4> joined;  // how many permuted axes make each axis of the result
};

// A block size from a parameter, at least 1.
BlockSize square_block(const Arguments& args, std::string_view name);

// The shape of the result. Error when a size is not a multiple of its block.
Shape rearranged(const Rearrangement& how, const Shape& shape);
// The elements of a view of shape [n, c, h, w] in the order of the result.
View rearranged(const Rearrangement& how, const View& view);

// An op whose result is x rearranged.
std::vector<Type> infer_rearranged(const Arguments& args, const Rearrangement& how);
void evaluate_rearranged(const Arguments& args, Results& results, const Rearrangement& how);

}  // namespace anemone
