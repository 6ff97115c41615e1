// SPDX-License-Identifier: Apache-2.0
// How much each input channel of each weight counts, from a .safetensors file: for a weight NAME a vector NAME with one
// number for each input channel, such as the mean square of what the channel carries on a calibration set.
#pragma once

#include <filesystem>
#include <memory>

#include "compress/palette.h"
#include "formats/safetensors.h"

namespace anemone {

class ImportanceFile {
 public:
  explicit ImportanceFile(const std::filesystem::path& path) : path_(path), file_(Safetensors::open(path)) {}

  // Empty when the file does not name the weight. Error when the vector does not fit it.
  Importance of(const Draft& draft) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<const Safetensors> file_;
};

}  // namespace anemone
