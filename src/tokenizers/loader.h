// SPDX-License-Identifier: Apache-2.0
// A file format that holds a tokenizer. A file in loaders/ adds one; the folder that a checkpoint is in may hold
// several forms of the same tokenizer, of which the loader with the lowest rank wins.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tokenizers/parts.h"

namespace anemone {

struct TokenizerLoader {
  std::string file_name;  // as it stands in a checkpoint's folder; empty: any name with the extension
  std::string extension;  // of such a file under any other name; may be empty
  int rank = 0;
  TokenizerParts (*load)(const std::filesystem::path& file) = nullptr;
};

using TokenizerLoaderTable = std::vector<TokenizerLoader>;

}  // namespace anemone
