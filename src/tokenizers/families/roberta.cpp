// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

TokenizerParts make(VocabularyFiles files) {
  const std::string start = token_of_role(files.config, "cls_token", "<s>");
  const std::string end = token_of_role(files.config, "sep_token", "</s>");
  const bool space = get_bool(files.config.json, "add_prefix_space", false);
  Json document;
  document["added_tokens"] = added_tokens_json(files, {{"bos_token", "<s>"},
                                                       {"eos_token", "</s>"},
                                                       {"unk_token", "<unk>"},
                                                       {"sep_token", "</s>"},
                                                       {"pad_token", "<pad>"},
                                                       {"cls_token", "<s>"},
                                                       {"mask_token", "<mask>"}});
  document["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", space}};
  document["post_processor"] = {{"type", "RobertaProcessing"},
                                {"sep", {end, id_in(files.source.tokens, end)}},
                                {"cls", {start, id_in(files.source.tokens, start)}}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {{"type", "BPE"}};
  return make_parts(document, std::move(files.source));
}

}  // namespace

void register_tokenizer_family_roberta(TokenizerFamilyTable& table) {
  table.push_back({{"roberta", "bart", "longformer", "led"}, false, make});
}

}  // namespace anemone
