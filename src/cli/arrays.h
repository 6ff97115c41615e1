// SPDX-License-Identifier: Apache-2.0
// Arrays named on the command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/arrays.h"
#include "runtime/executable.h"

namespace anemone {

// NAME=FILE arguments: .npy files, or images as uint8 pixels. Throws Error when one has no "=" or names an input twice.
TensorMap read_named_tensors(const std::vector<std::string>& arguments);
// NAME.npy for every name, in memory that may be written to (states are); absent files are left out.
TensorMap read_tensor_folder(const std::filesystem::path& folder, const std::vector<std::string>& names);

}  // namespace anemone
