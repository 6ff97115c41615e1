// SPDX-License-Identifier: Apache-2.0
// How the scatter ops combine updates with what is there: the mode's name, then one update after the other in the order
// of the indices. Integers wrap around; an integer division by 0 gives 0.
#pragma once

#include <functional>
#include <string>

#include "ir/op_definition.h"

namespace anemone {

// Error when the mode is not one of update, add, sub, mul, div, max, min.
void check_scatter_mode(const std::string& mode);

// Combines every row of `updates` into `to` at the element offset(row); a negative offset skips the row.
void scatter_rows(Tensor& to, const Tensor& updates, int64_t row_elements, const std::string& mode,
                  const std::function<int64_t(int64_t)>& offset);

// A copy of `data` as result 0, for the updates to go into.
Tensor& copy_of_data(const Arguments& args, Results& results);

}  // namespace anemone
