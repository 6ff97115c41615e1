// SPDX-License-Identifier: Apache-2.0
// vocab.json and the merges.txt beside it: byte-pair encoding of the family that the configuration names, or GPT-2's.
#include "base/mapped_file.h"
#include "tokenizers/family.h"
#include "tokenizers/json_lists.h"
#include "tokenizers/loader.h"
#include "tokenizers/text_lines.h"

namespace anemone {
namespace {

// Each line is a merge; the first may name the version of the format.
MergeList read_merges(const std::filesystem::path& path) {
  MergeList merges;
  for (const std::string& line : read_text_lines(path)) {
    if (line.empty() || line.rfind("#version", 0) == 0) continue;
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos)
      fail("{}: merge {}: expected two tokens", path.string(), quote_name(line));
    merges.add(std::string_view(line).substr(0, space), std::string_view(line).substr(space + 1),
               static_cast<uint32_t>(merges.size()));
  }
  return merges;
}

TokenizerParts load(const std::filesystem::path& file) {
  const auto merges_file = file.parent_path() / "merges.txt";
  if (!std::filesystem::exists(merges_file)) fail("{}: needs merges.txt beside it", file.string());
  VocabularyFiles files;
  files.source.merges = read_merges(merges_file);
  files.config = read_tokenizer_config(file);
  const TokenizerFamily* family = find_family(file, files.config, false, "gpt2");
  const auto bytes = MappedFile::open(file);
  return with_context(file.string(), [&] {
    files.source.tokens =
        read_token_list({reinterpret_cast<const char*>(bytes->bytes().data()), bytes->bytes().size()});
    return family->make(std::move(files));
  });
}

}  // namespace

void register_tokenizer_loader_vocab_json(TokenizerLoaderTable& table) {
  table.push_back({"vocab.json", {}, 10, load});
}

}  // namespace anemone
