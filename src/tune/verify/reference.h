// SPDX-License-Identifier: Apache-2.0
// What a model is compared with: another model, or the checkpoint that it came from, read by our importer in float32.
#pragma once

#include <filesystem>
#include <string>

#include "tune/verify/parity.h"

namespace anemone {

struct Reference {
  Session session;
  bool is_checkpoint = false;  // then agreement proves writing and rewriting, not the import
};

// A checkpoint is built with the inputs, shapes and outputs that `function` has, for the class that `task` names, or
// its own. No weights are read yet.
Reference open_reference(const std::filesystem::path& source, const Function& function, const std::string& task,
                         const RunOptions& options);

}  // namespace anemone
