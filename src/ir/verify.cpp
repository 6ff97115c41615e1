// SPDX-License-Identifier: Apache-2.0
#include "ir/verify.h"

#include "base/error.h"
#include "ir/lexer.h"
#include "ir/verify_internal.h"

namespace anemone {

void verify(const Program& program, const OpTable& table, const VerifyOptions& options) {
  if (program.functions.empty()) fail("the program has no function");
  if (program.functions.count(program.default_function) == 0)
    fail("the default function {} does not exist", program.default_function);
  if (!program.multifunction) {
    if (program.default_function != "main") fail("the only function must be called main");
    if (program.functions.size() > 1) fail("{} functions need a description of each", program.functions.size());
  }
  for (const auto& [name, function] : program.functions) {
    if (!function || function->name != name) fail("function {} is stored under another name", name);
    verify(*function, table, options);
  }
}

void verify(const Function& function, const OpTable& table, const VerifyOptions& options) {
  try {
    if (!is_identifier(function.name)) fail("its name is not an identifier");
    if (function.opset < kOldestOpset || function.opset > kNewestOpset)
      fail("opset CoreML{} is not one of CoreML{} to CoreML{}", function.opset, kOldestOpset, kNewestOpset);
    FunctionVerifier(function, table, options).run();
  } catch (const Error& error) {
    throw error.within("function " + function.name);
  }
}

}  // namespace anemone
