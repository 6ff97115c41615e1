// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tiktoken.h"

#include "base/mapped_file.h"
#include "tokenizers/loader.h"

namespace anemone {
namespace {

TokenizerParts load(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return with_context(path.string(), [&] {
    return parts_from_tiktoken({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

}  // namespace

void register_tokenizer_loader_tiktoken(TokenizerLoaderTable& table) { table.push_back({{}, ".tiktoken", 30, load}); }

}  // namespace anemone
