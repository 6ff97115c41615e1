// SPDX-License-Identifier: Apache-2.0
// A file being written. Every failure (full disk, no permission) is an Error that names the file and the reason.
// Bytes are buffered; close() flushes them, asks the disk to keep them, and closes. A destroyed OutputFile that was
// not closed leaves an incomplete file behind: its owner removes it. Long pieces with an owner are written on a thread
// of their own; a failure is then thrown by a later call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "formats/write_behind.h"

namespace anemone {

class OutputFile {
 public:
  // Creates the file, or empties the one that is there.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  // The same, of bytes that `owner` keeps alive and nobody changes.
  void write(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);
  void write_zeros(uint64_t count);
  // Replaces bytes that were written before; [offset, offset + size) must lie inside size().
  void overwrite(uint64_t offset, std::span<const std::byte> bytes);
  void close();

  uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void flush();
  void put(std::span<const std::byte> bytes, uint64_t offset) const;

  std::filesystem::path path_;
  int descriptor_;
  uint64_t size_ = 0;
  std::vector<std::byte> buffer_;        // the last bytes, not yet in the file
  std::unique_ptr<WriteBehind> behind_;  // made for the first long piece
};

// Lets `produce` write a new file beside `path` and then renames it to `path`: whatever happens, `path` is either the
// old file or the complete new one.
void write_file(const std::filesystem::path& path, const std::function<void(OutputFile&)>& produce);

// Asks the disk to keep a folder's list of names.
void sync_folder(const std::filesystem::path& folder);

}  // namespace anemone
