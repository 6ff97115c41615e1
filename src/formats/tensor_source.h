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
  // Little-endian elements inside `file`, at `offset`; not necessarily aligned for their type. They are row-major when
  // there are no strides. Strides count elements, as torch's do; `bytes` then reach from the first to the last.
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;
  uint64_t offset;
  std::vector<int64_t> strides = {};
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  // All names, sorted.
  virtual std::vector<std::string> names() const = 0;
  // Nothing when there is no such tensor. Throws Error when it is there but its element type is not supported.
  virtual std::optional<TensorEntry> find(std::string_view name) const = 0;
  // What the file says of the model besides its tensors: a JSON object, empty when there is nothing.
  virtual std::string notes() const { return "{}"; }
};

}  // namespace anemone
