// SPDX-License-Identifier: Apache-2.0
// Checks a program: names are unique identifiers and defined before use; ops exist in the opset and their arguments fit
// the signature; declared types agree with inferred ones; constants hold what their type says; blocks have the inputs
// and outputs that control flow needs; a state version is not used after a newer one was written; features agree with
// the signature. Throws Error naming function, op and the broken rule.
#pragma once

#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

struct VerifyOptions {
  bool constants = true;  // also read the bytes of constexpr parameters: finite scales, index ranges, mask counts
};

void verify(const Program& program, const OpTable& table, const VerifyOptions& options = {});
void verify(const Function& function, const OpTable& table, const VerifyOptions& options = {});

}  // namespace anemone
