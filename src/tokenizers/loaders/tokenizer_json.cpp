// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tokenizer_json.h"

#include "tokenizers/loader.h"

namespace anemone {
namespace {

TokenizerParts load(const std::filesystem::path& file) {
  const Json document = read_json(file);
  return with_context(file.string(), [&] { return parts_from_json(document); });
}

}  // namespace

void register_tokenizer_loader_tokenizer_json(TokenizerLoaderTable& table) {
  table.push_back({"tokenizer.json", ".json", 0, load});
}

}  // namespace anemone
