// SPDX-License-Identifier: Apache-2.0
// The same program under other names: shows that nothing depends on how values and ops happen to be called.
#pragma once

#include "ir/program.h"

namespace anemone::test {

// Every op and every value gets a fresh name; only what callers see keeps its own: inputs, states and outputs of
// functions.
Program renamed(const Program& program);

}  // namespace anemone::test
