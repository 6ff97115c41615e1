// SPDX-License-Identifier: Apache-2.0
#include "runtime/arrays.h"

#include <cstring>

namespace anemone {

Tensor tensor_of(const Npy& array) {
  return {array.dtype, array.shape, const_cast<std::byte*>(array.bytes.data()), array.owner};
}

Tensor read_tensor(const std::filesystem::path& path) { return tensor_of(read_npy(path)); }

void write_tensor(const std::filesystem::path& path, const Tensor& tensor) {
  write_npy(path, tensor.dtype(), tensor.shape(), tensor.byte_span());
}

Tensor copy_of(const Tensor& tensor) {
  Tensor copy(tensor.dtype(), tensor.shape());
  if (copy.byte_size()) std::memcpy(copy.bytes(), tensor.bytes(), copy.byte_size());
  return copy;
}

}  // namespace anemone
