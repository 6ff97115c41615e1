// SPDX-License-Identifier: Apache-2.0
// Zip archives whose members are stored, not compressed: .npz files and PyTorch checkpoints. (PKWARE APPNOTE 6.3.3:
// end of central directory, central and local headers, zip64.) Every offset is checked; compressed or encrypted members
// are listed, and refused by name when their bytes are asked for.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/mapped_file.h"

namespace anemone {

class ZipArchive {
 public:
  static ZipArchive open(const std::filesystem::path& path);
  static ZipArchive open(std::shared_ptr<const MappedFile> file);  // errors do not name it

  struct Member {
    uint64_t offset = 0;  // of its bytes in the file
    uint64_t size = 0;
    std::string problem = {};  // why its bytes cannot be read
    void check() const;        // Error when there is a problem
  };
  // By name, sorted.
  const std::map<std::string, Member>& members() const { return members_; }
  std::span<const std::byte> bytes(const Member& member) const;
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, Member> members_;
};

}  // namespace anemone
