// SPDX-License-Identifier: Apache-2.0
// Lists of tensors. A list is a value: a write gives a new list that shares the elements. It grows when it is written
// past its end (up to kMaxListLength elements), and an element that was never written reads as zeros.
#pragma once

#include "ir/op_definition.h"
#include "runtime/executable.h"

namespace anemone {

inline constexpr int64_t kMaxListLength = int64_t{1} << 20;

bool is_list_op(const Op& op);  // make_list, list_read, list_write, list_gather, list_scatter, list_length

// The result of a list op. `list` is its list argument, nullptr for make_list. Throws Error for an index below 0 or
// beyond the limit, and for an element of the wrong shape.
RuntimeValue run_list_op(const Op& op, const Arguments& arguments, const RuntimeValue* list);

}  // namespace anemone
