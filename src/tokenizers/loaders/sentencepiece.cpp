// SPDX-License-Identifier: Apache-2.0
// tokenizer.model: where the files beside it name the family of the model, as that uses it; alone, as SentencePiece
// itself reads it, which adds nothing and takes control symbols that are written in a text for text.
#include "base/mapped_file.h"
#include "tokenizers/family.h"
#include "tokenizers/loader.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/tiktoken.h"

namespace anemone {
namespace {

// Ids of a family that is not known here would look right and be wrong.
void refuse_unknown_class(const TokenizerConfig& config) {
  const std::string name = get_string(config.json, "tokenizer_class", "");
  if (name.empty() || name.starts_with("PreTrainedTokenizer") || name == "TokenizersBackend") return;
  fail("how {} uses this model is not known: expected a tokenizer.json beside it", quote_name(name));
}

TokenizerParts load(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  const std::string_view message(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  VocabularyFiles files;
  files.config = read_tokenizer_config(path);
  const TokenizerFamily* family = find_family(path, files.config, true);
  return with_context(path.string(), [&] {
    if (looks_like_tiktoken(message)) return parts_from_tiktoken(message);  // Llama 3 publishes one under this name
    files.pieces = parse_sentencepiece(message);
    if (family == nullptr) refuse_unknown_class(files.config);
    return family == nullptr ? sentencepiece_parts(*files.pieces) : family->make(std::move(files));
  });
}

}  // namespace

void register_tokenizer_loader_sentencepiece(TokenizerLoaderTable& table) {
  table.push_back({"tokenizer.model", ".model", 20, load});
  table.push_back({"spiece.model", {}, 21, load});
  table.push_back({"sentencepiece.bpe.model", {}, 22, load});
}

}  // namespace anemone
