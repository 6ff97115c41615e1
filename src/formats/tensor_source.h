// SPDX-License-Identifier: Apache-2.0
// Named tensors of a checkpoint file, whatever its format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/mapped_file.h"

namespace anemone {

struct TensorEntry {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  // Row-major little-endian elements inside `file`, at `offset`; not necessarily aligned for their type.
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;
  uint64_t offset;
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  // All names, sorted.
  virtual std::vector<std::string> names() const = 0;
  // Nothing when there is no such tensor. Throws Error when it is there but its element type is not supported.
  virtual std::optional<TensorEntry> find(std::string_view name) const = 0;
};

}  // namespace anemone
