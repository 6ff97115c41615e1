// SPDX-License-Identifier: Apache-2.0
// Reads a Core ML model: a .mlpackage folder or a .mlmodel file with its weights beside it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ir/program.h"

namespace anemone {

// The ML Program in the package. Constants stay promises on the mapped weight files. `weights` says where the weight
// files are when they are not where the model says. Throws Error naming the file; the program is not verified yet.
Program read_package(const std::filesystem::path& path, const std::filesystem::path& weights = {});

}  // namespace anemone
