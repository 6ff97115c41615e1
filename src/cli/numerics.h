// SPDX-License-Identifier: Apache-2.0
// The flags that choose how a program is computed, the same in every command that runs one.
#pragma once

#include <string>

#include "runtime/executable.h"

namespace CLI {
class App;
}

namespace anemone {

struct NumericsFlags {
  std::string numerics = "float32";
  std::string chip;
  size_t decompressed_mb = RunOptions().decompressed_limit >> 20;

  void add_to(CLI::App& app);  // this object must outlive the parsing
  void apply(RunOptions& options) const;
};

}  // namespace anemone
