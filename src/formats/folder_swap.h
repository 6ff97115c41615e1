// SPDX-License-Identifier: Apache-2.0
// Writing a whole folder so that its name always stands for a complete one: the old until the new is done, then the
// new. Work happens in a hidden sibling folder; a sibling that a killed run left behind is removed by the next one.
#pragma once

#include <filesystem>

namespace anemone {

class FolderSwap {
 public:
  // Makes the working folder beside `destination` (through a symlink: beside what it names). Throws Error when the
  // place cannot be written.
  explicit FolderSwap(const std::filesystem::path& destination);
  // Without commit(): removes the working folder, and the destination is as it was.
  ~FolderSwap();
  FolderSwap(const FolderSwap&) = delete;
  FolderSwap& operator=(const FolderSwap&) = delete;

  const std::filesystem::path& folder() const { return working_; }
  const std::filesystem::path& destination() const { return destination_; }

  // Gives the working folder the destination's name; what was there is removed. In one step where the system can
  // exchange two names. Elsewhere the old folder is first renamed to a hidden .NAME.old, and if the process dies
  // between the two renames, the next FolderSwap for this destination puts it back.
  void commit();

 private:
  void recover() const;
  void remove_stale() const;

  std::filesystem::path destination_;
  std::filesystem::path working_;
  int lock_ = -1;  // held on the working folder while its owner lives
};

}  // namespace anemone
