// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tokenizer_json.h"

#include "base/mapped_file.h"
#include "tokenizers/loader.h"

namespace anemone {
namespace {

TokenizerParts load(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return with_context(path.string(), [&] {
    return parts_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

}  // namespace

void register_tokenizer_loader_tokenizer_json(TokenizerLoaderTable& table) {
  table.push_back({"tokenizer.json", ".json", 0, load});
}

}  // namespace anemone
