// SPDX-License-Identifier: Apache-2.0
// The two file forms of torch.save: a zip archive (since torch 1.6), and before that a stream of pickles followed by
// the storages. Either way a pickle and, by key, where in the file the storages lie.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/mapped_file.h"
#include "formats/pickle.h"

namespace anemone {

struct TorchContainer {
  struct Range {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  std::shared_ptr<const MappedFile> file;
  Pickle pickle;
  std::map<std::string, Range, std::less<>> storages;
};

// Errors do not name the file.
TorchContainer open_torch_container(const std::shared_ptr<const MappedFile>& file);

}  // namespace anemone
