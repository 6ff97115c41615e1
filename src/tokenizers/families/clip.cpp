// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

constexpr const char* kStart = "<|startoftext|>";
constexpr const char* kEnd = "<|endoftext|>";
// Special tokens, English endings, letters, single digits and runs of other signs.
constexpr const char* kPattern =
    R"(<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";

TokenizerParts make(VocabularyFiles files) {
  const std::string start = token_of_role(files.config, "bos_token", kStart);
  const std::string end = token_of_role(files.config, "eos_token", kEnd);
  const Json spaces = {{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", " "}};
  const Json split = {{"type", "Split"}, {"pattern", {{"Regex", kPattern}}}, {"behavior", "Removed"}, {"invert", true}};
  const Json spell = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  Json document;
  document["added_tokens"] =
      added_tokens_json(files, {{"unk_token", kEnd}, {"bos_token", kStart}, {"eos_token", kEnd}, {"pad_token", kEnd}});
  document["normalizer"] = {{"type", "Sequence"},
                            {"normalizers", Json::array({{{"type", "NFC"}}, spaces, {{"type", "Lowercase"}}})}};
  document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, spell})}};
  document["post_processor"] = {{"type", "RobertaProcessing"},
                                {"sep", {end, id_in(files.source.tokens, end)}},
                                {"cls", {start, id_in(files.source.tokens, start)}}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {
      {"type", "BPE"}, {"unk_token", token_of_role(files.config, "unk_token", kEnd)}, {"end_of_word_suffix", "</w>"}};
  return make_parts(document, std::move(files.source));
}

}  // namespace

void register_tokenizer_family_clip(TokenizerFamilyTable& table) {
  table.push_back({{"clip", "cliptextmodel"}, false, make});
}

}  // namespace anemone
