// SPDX-License-Identifier: Apache-2.0
// The flags of a rewrite for the Neural Engine, which `convert` and `optimize` share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "tune/rewrite.h"

namespace anemone {

struct FormFlags {
  std::string target;  // empty: m1
  std::string attention = "split-einsum";
  std::string mask = "constant";
  std::string norms = "fp16";
  std::vector<std::string> disabled;
  bool native_io = false;
  bool host_embeddings = false;
  bool no_check = false;

  void declare(CLI::App& app);
  Target chip() const;
  // Throws Error naming the flag that is wrong.
  RewriteOptions options(const CommandContext& context) const;
};

}  // namespace anemone
