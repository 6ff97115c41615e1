// SPDX-License-Identifier: Apache-2.0
// The golden files of passes, as tests besides the golden ones use them.
#pragma once

#include <string>
#include <vector>

#include "passes/pass.h"

namespace anemone::test {

struct PassGolden {
  Program program;               // the upper half
  std::vector<std::string> run;  // passes, in order
  PassSettings settings;
};

// What lines above the program ask for: "// WIDEST: 4", "// KERNEL: 2", "// QUERIES: 8" (attention by so many queries),
// "// NORMS: fp32".
PassSettings pass_settings_in(const std::string& text);

// tests/golden/passes/NAME.mil; Error when it cannot be read.
PassGolden read_pass_golden(const std::string& name);

}  // namespace anemone::test
