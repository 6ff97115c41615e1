// SPDX-License-Identifier: Apache-2.0
// What commands that make one package from another need besides the program: where the result and its assets go, and
// where large constants lie until they are written.
#pragma once

#include <filesystem>
#include <functional>

#include "formats/scratch_folder.h"
#include "ir/constant.h"

namespace anemone {

// The package's path without a trailing slash. Error naming -o when it does not end in .mlpackage.
std::filesystem::path package_path(const std::filesystem::path& output);

// Constants of tensors: large ones lie in the scratch folder, which must live longer.
std::function<Constant(Tensor)> keep_in(ScratchFolder& scratch);

// Assets beside the one package, beside the other.
void copy_assets(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace anemone
