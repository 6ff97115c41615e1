// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs as the Neural Engine holds them: fp16 and (B, C, 1, S), without casts and changes of axes at the
// edges. Callers see other types and shapes under the same names, which is why no pass does this unasked.
#pragma once

#include <map>
#include <string>

#include "ir/program.h"

namespace anemone {

// Of the default function. Inputs and outputs that are reached through casts and changes of axes alone change; the rest
// stays. Before CoreML6 files have no fp16 arrays: nothing changes.
Program with_native_io(const Program& program);
// The value of the given program that each input and output which changes becomes, by name.
std::map<std::string, ValueId> native_values(const Program& program);

}  // namespace anemone
