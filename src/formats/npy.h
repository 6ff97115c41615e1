// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy array files, versions 1 to 3 (numpy/lib/format.py describes them). Read: little-endian bool, 8- to
// 64-bit integers and 16- to 64-bit floats; the file must be exactly as long as its header says. Errors name the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/dtype.h"
#include "base/mapped_file.h"

namespace anemone {

struct Npy {
  DType dtype;
  std::vector<int64_t> shape;
  // Row-major elements, aligned for their type, in memory that `owner` keeps: the mapped file, or a copy when the file
  // is in Fortran order or misaligned.
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;

  int64_t element_count() const;
};

Npy read_npy(const std::filesystem::path& path);
// The array in a part of a mapped file (a member of an .npz archive).
Npy read_npy(const std::shared_ptr<const MappedFile>& file, std::span<const std::byte> bytes);

// Writes version 1 with data at a multiple of 64 bytes, like NumPy. `bytes` are row-major. The file is replaced only
// when all is written.
void write_npy(const std::filesystem::path& path, DType dtype, std::span<const int64_t> shape,
               std::span<const std::byte> bytes);

}  // namespace anemone
