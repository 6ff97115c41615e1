// SPDX-License-Identifier: Apache-2.0
// How much a program's weights take, in its files and once loaded. Sizes only: no weight byte is read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/program.h"
#include "targets/target.h"

namespace anemone {

struct WeightSizes {
  struct File {
    std::string name;
    int64_t bytes = 0;
  };
  int64_t stored = 0;  // of all constants, those at the same place counted once
  int64_t loaded = 0;  // as the target holds them: fp16, palettes and sparse weights expanded where it cannot read them
  int64_t expanded = 0;  // the part of `loaded` that is compressed in the file
  std::vector<File> files;
};

WeightSizes weight_sizes(const Program& program, const Target& target);

}  // namespace anemone
