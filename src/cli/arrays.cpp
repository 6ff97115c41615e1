// SPDX-License-Identifier: Apache-2.0
#include "cli/arrays.h"

#include "base/error.h"
#include "runtime/image_input.h"

namespace anemone {

TensorMap read_named_tensors(const std::vector<std::string>& arguments) {
  TensorMap tensors;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) fail("--input {}: expected NAME=FILE", argument);
    const std::string name = argument.substr(0, equals);
    const Tensor value = with_context("input " + name, [&] { return read_input_file(argument.substr(equals + 1)); });
    if (!tensors.emplace(name, value).second) fail("--input {}: given twice", name);
  }
  return tensors;
}

TensorMap read_tensor_folder(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  if (!std::filesystem::is_directory(folder)) fail("{}: is not a folder", folder.string());
  TensorMap tensors;
  for (const std::string& name : names)
    if (const auto file = folder / (name + ".npy"); std::filesystem::exists(file))
      tensors[name] = copy_of(read_tensor(file));
  return tensors;
}

}  // namespace anemone
