// SPDX-License-Identifier: Apache-2.0
// A read-only memory map of a regular file. Bytes stay valid as long as the object lives; share it by shared_ptr.
// Throws Error when the path is missing, not a regular file or unreadable. An empty file maps to an empty span.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace anemone {

class MappedFile {
 public:
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  // Tells the system that these pages are not needed for now; they are read again when touched.
  void release(size_t offset, size_t size) const;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, size_t size);

  std::filesystem::path path_;
  const std::byte* data_;
  size_t size_;
};

}  // namespace anemone
