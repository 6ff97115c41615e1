// SPDX-License-Identifier: Apache-2.0
// A folder for results that need not stay in memory until they are used. Files lose their names as soon as they are
// mapped, so that nothing is left of them when the process ends.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <span>

#include "base/mapped_file.h"
#include "formats/folder_swap.h"

namespace anemone {

class ScratchFolder {
 public:
  // Beside `destination`, as the work of a FolderSwap: if the process is killed, the next run for this destination
  // removes what is left.
  explicit ScratchFolder(const std::filesystem::path& destination) : folder_(destination) {}

  // Writes and maps the bytes. Safe to call from several threads.
  std::shared_ptr<const MappedFile> keep(std::span<const std::byte> bytes);

 private:
  FolderSwap folder_;
  std::atomic<int> count_{0};
};

}  // namespace anemone
