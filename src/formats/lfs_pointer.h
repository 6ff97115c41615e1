// SPDX-License-Identifier: Apache-2.0
// A clone made without Git LFS has small text files in place of the large ones.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"

namespace anemone {

inline void refuse_lfs_pointer(std::span<const std::byte> file) {
  constexpr std::string_view kStart = "version https://git-lfs.github.com/spec/";
  if (std::string_view(reinterpret_cast<const char*>(file.data()), file.size()).substr(0, kStart.size()) == kStart)
    fail("is a Git LFS pointer, not the file itself: run git lfs pull");
}

}  // namespace anemone
