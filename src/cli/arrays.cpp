// SPDX-License-Identifier: Apache-2.0
#include "cli/arrays.h"

#include <cstring>

#include "base/error.h"
#include "formats/npy.h"
#include "runtime/image_input.h"

namespace anemone {
namespace {

// A tensor read from a file views the mapped file, which nobody may write to.
Tensor in_own_memory(const Tensor& tensor) {
  Tensor copy(tensor.dtype(), tensor.shape());
  if (copy.byte_size()) std::memcpy(copy.bytes(), tensor.bytes(), copy.byte_size());
  return copy;
}

}  // namespace

Tensor read_tensor(const std::filesystem::path& path) {
  const Npy array = read_npy(path);
  return {array.dtype, array.shape, const_cast<std::byte*>(array.bytes.data()), array.owner};
}

void write_tensor(const std::filesystem::path& path, const Tensor& tensor) {
  write_npy(path, tensor.dtype(), tensor.shape(), tensor.byte_span());
}

TensorMap read_named_tensors(const std::vector<std::string>& arguments) {
  TensorMap tensors;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) fail("--input {}: expected NAME=FILE", argument);
    const std::string name = argument.substr(0, equals);
    if (!tensors.emplace(name, read_input_file(argument.substr(equals + 1))).second)
      fail("--input {}: given twice", name);
  }
  return tensors;
}

TensorMap read_tensor_folder(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  if (!std::filesystem::is_directory(folder)) fail("{}: is not a folder", folder.string());
  TensorMap tensors;
  for (const std::string& name : names)
    if (const auto file = folder / (name + ".npy"); std::filesystem::exists(file))
      tensors[name] = in_own_memory(read_tensor(file));
  return tensors;
}

}  // namespace anemone
