// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tiktoken.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

TokenizerParts make(VocabularyFiles files) {
  const Json split = {{"type", "Split"},
                      {"pattern", {{"Regex", find_tiktoken_encoding("qwen")->pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  const Json spell = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  Json document;
  document["added_tokens"] = added_tokens_json(files, {{"eos_token", "<|endoftext|>"}, {"pad_token", "<|endoftext|>"}});
  document["normalizer"] = {{"type", "NFC"}};
  document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, spell})}};
  document["post_processor"] = {{"type", "ByteLevel"}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {{"type", "BPE"}};
  return make_parts(document, std::move(files.source));
}

}  // namespace

void register_tokenizer_family_qwen2(TokenizerFamilyTable& table) {
  table.push_back({{"qwen2", "qwen3", "qwen2moe", "qwen3moe"}, false, make});
}

}  // namespace anemone
