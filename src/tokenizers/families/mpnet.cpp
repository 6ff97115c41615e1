// SPDX-License-Identifier: Apache-2.0
// MPNet: BERT's words and pieces among RoBERTa's special tokens.
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

TokenizerParts make(VocabularyFiles files) {
  const std::string start = token_of_role(files.config, "cls_token", "<s>");
  const std::string end = token_of_role(files.config, "sep_token", "</s>");
  const Json* accents = find_field(files.config.json, "strip_accents");
  Json document;
  document["added_tokens"] = added_tokens_json(files, {{"cls_token", "<s>"},
                                                       {"sep_token", "</s>"},
                                                       {"unk_token", "[UNK]"},
                                                       {"pad_token", "<pad>"},
                                                       {"mask_token", "<mask>"}});
  document["normalizer"] = {{"type", "BertNormalizer"},
                            {"handle_chinese_chars", get_bool(files.config.json, "tokenize_chinese_chars", true)},
                            {"strip_accents", accents == nullptr ? Json() : *accents},
                            {"lowercase", get_bool(files.config.json, "do_lower_case", true)}};
  document["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  document["post_processor"] = {{"type", "RobertaProcessing"},
                                {"sep", {end, id_in(files.source.tokens, end)}},
                                {"cls", {start, id_in(files.source.tokens, start)}}};
  document["decoder"] = {{"type", "WordPiece"}};
  document["model"] = {{"type", "WordPiece"}, {"unk_token", token_of_role(files.config, "unk_token", "[UNK]")}};
  return make_parts(document, std::move(files.source));
}

}  // namespace

void register_tokenizer_family_mpnet(TokenizerFamilyTable& table) { table.push_back({{"mpnet"}, false, make}); }

}  // namespace anemone
