// SPDX-License-Identifier: Apache-2.0
// Writes a Program as a .mlpackage. The same program gives the same bytes, whatever the machine or thread count.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/progress.h"
#include "ir/program.h"

namespace anemone {

struct WrittenPackage {
  uint64_t weight_bytes = 0;  // size of the weight file
  int blobs = 0;              // after equal constants were stored once
};

// Bytes of constants are made one tensor at a time while they are written; equal constants are stored once. The
// destination is replaced only when all is written. Throws Error naming the file.
WrittenPackage write_package(const Program& program, const std::filesystem::path& path, const Progress& progress = {},
                             int threads = 1);

}  // namespace anemone
