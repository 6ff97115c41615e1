// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

TokenizerParts make(VocabularyFiles files) {
  Json document;
  document["added_tokens"] = added_tokens_json(files, {{"unk_token", "<|endoftext|>"},
                                                       {"bos_token", "<|endoftext|>"},
                                                       {"eos_token", "<|endoftext|>"},
                                                       {"pad_token", ""}});
  document["pre_tokenizer"] = {{"type", "ByteLevel"},
                               {"add_prefix_space", get_bool(files.config.json, "add_prefix_space", false)}};
  document["post_processor"] = {{"type", "ByteLevel"}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {{"type", "BPE"}};
  return make_parts(document, std::move(files.source));
}

}  // namespace

void register_tokenizer_family_gpt2(TokenizerFamilyTable& table) {
  table.push_back({{"gpt2", "codegen", "gptj", "gptneo", "phi"}, false, make});
}

}  // namespace anemone
