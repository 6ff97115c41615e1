// SPDX-License-Identifier: Apache-2.0
// Brings a value into another layout. As few tensors move as can be: heads are cut apart after the one transpose and
// joined before it. Whatever has been made is kept with the value and used again.
#pragma once

#include <string>
#include <vector>

#include "ir/builder.h"
#include "passes/form/layout.h"

namespace anemone::form {

// The constant with its factors in this order of axes; nothing is unrolled.
Constant constant_in(const Value& value, const std::vector<std::vector<Factor>>& axes);

// The tensors of the value in this layout, in the order of its unrolled factors. `wanted` may leave out factors that
// are broadcast in what is stored; it must place all others. Throws Error when the layout cannot be made.
std::vector<ValueId> pieces_in(const Value& value, const Layout& wanted, Builder& builder, const std::string& name);

}  // namespace anemone::form
