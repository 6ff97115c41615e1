// SPDX-License-Identifier: Apache-2.0
// Tensors in files and in memory of their own.
#pragma once

#include <filesystem>

#include "formats/npy.h"
#include "ir/tensor.h"

namespace anemone {

// Views the array's memory: a mapped file as a rule, which nobody may write to.
Tensor tensor_of(const Npy& array);
Tensor read_tensor(const std::filesystem::path& path);
void write_tensor(const std::filesystem::path& path, const Tensor& tensor);

// The same elements in new memory, which may be written to.
Tensor copy_of(const Tensor& tensor);

}  // namespace anemone
