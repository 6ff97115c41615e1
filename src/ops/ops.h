// SPDX-License-Identifier: Apache-2.0
// Every op that this build knows.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

// Adds the definitions of all files in src/ops.
void register_all_op(OpTable& table);

// The table of all ops, made once.
const OpTable& op_table();

}  // namespace anemone
