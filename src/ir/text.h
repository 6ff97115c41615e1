// SPDX-License-Identifier: Apache-2.0
// The text form of programs: MIL as Apple's compiled models show it, with types, names, provenance and features, so
// that parse(print(p)) is p (see docs/text_form.md for the grammar). Large constants name a file range when they come
// straight from a file, which parse reads back; others are printed in full.
#pragma once

#include <string>
#include <string_view>

#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

struct PrintOptions {
  bool constant_ops = true;  // print `const` ops as statements; false shows their values in place of the names
  int64_t max_elements = kSmallConstant;  // larger constants are printed as BLOBFILE ranges when they have one
  bool elide = false;                     // larger constants as "...", for people: such a text cannot be parsed
  bool types = true;                      // false is for people too
  bool provenance = true;                 // where ops came from
  std::string base;                       // file names in BLOBFILE are printed relative to this folder
};

std::string print(const Program& program, const PrintOptions& options = {});
std::string print(const Op& op, const Function& function, const PrintOptions& options = {});

// Errors name line and column. Input is untrusted: nesting and sizes are bounded. BLOBFILE ranges are read relative to
// `base`, and only from inside it.
Program parse(std::string_view text, const OpTable& table, const std::string& base = "");

}  // namespace anemone
