// SPDX-License-Identifier: Apache-2.0
// The text form of programs: MIL as Apple's compiled models show it, with types, names, provenance and features, so
// that parse(print(p)) is p. Large constants are printed in full only on demand; without it they name a file range,
// which parse reads back (see docs/text_form.md for the grammar).
#pragma once

#include <string>
#include <string_view>

#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

struct PrintOptions {
  bool constant_ops = true;  // print `const` ops as statements; false shows their values in place of the names
  int64_t max_elements = kSmallConstant;  // larger constants are printed as BLOBFILE ranges when they have one
  bool types = true;
  bool provenance = true;
};

std::string print(const Program& program, const PrintOptions& options = {});
std::string print(const Op& op, const Function& function, const PrintOptions& options = {});

// Errors name line and column. Input is untrusted: nesting and sizes are bounded. BLOBFILE ranges are read relative to
// `base`, and only from inside it.
Program parse(std::string_view text, const OpTable& table, const std::string& base = "");

}  // namespace anemone
