// SPDX-License-Identifier: Apache-2.0
// Families that hold a SentencePiece unigram model: T5, and XLM-RoBERTa and CamemBERT, whose ids are shifted because
// their first tokens come from another library.
#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

Json unigram_document(TokenId unknown) {
  const Json spaces = {{"type", "Metaspace"}, {"replacement", kSpaceMark}, {"prepend_scheme", "always"}};
  Json document;
  document["pre_tokenizer"] = {{"type", "Sequence"},
                               {"pretokenizers", Json::array({{{"type", "WhitespaceSplit"}}, spaces})}};
  document["decoder"] = spaces;
  document["model"] = {{"type", "Unigram"}, {"unk_id", unknown}};
  return document;
}

TokenizerParts finish(VocabularyFiles files, const Json& document) {
  TokenizerParts parts = make_parts(document, std::move(files.source));
  parts.normalizer = make_charsmap_normalizer(files.pieces->charsmap);
  return parts;
}

TokenizerParts make_t5(VocabularyFiles files) {
  TokenList& tokens = files.source.tokens;
  for (const SentencePiece& piece : files.pieces->pieces)
    tokens.add(piece.text, static_cast<TokenId>(tokens.size()), static_cast<double>(piece.score));
  const int64_t extra = std::min<int64_t>(get_size(files.config.json, "extra_ids", 100), 10'000);
  std::vector<std::string> names;
  for (int64_t i = extra; i-- > 0;) names.push_back(fmt::format("<extra_id_{}>", i));
  Json document = unigram_document(files.pieces->unknown);
  for (const std::string& name : names) tokens.add(name, static_cast<TokenId>(tokens.size()), 0.0);
  Json added = added_tokens_json(files, {{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}});
  for (size_t i = tokens.size() - names.size(); i < tokens.size(); ++i)
    added.push_back({{"id", tokens[i].id}, {"content", tokens.text(i)}, {"special", true}, {"normalized", false}});
  document["added_tokens"] = std::move(added);
  const std::string end = token_of_role(files.config, "eos_token", "</s>");
  document["post_processor"] = template_json(tokens, "A " + end, "A " + end + " B " + end);
  return finish(std::move(files), document);
}

// `first` are the tokens before the pieces, of which the first `replaced` are left out. The unknown one has id 3.
TokenizerParts make_shifted(VocabularyFiles files, const std::vector<const char*>& first, size_t replaced) {
  TokenList& tokens = files.source.tokens;
  for (const char* name : first) tokens.add(name, static_cast<TokenId>(tokens.size()), 0.0);
  const auto& pieces = files.pieces->pieces;
  for (size_t i = replaced; i < pieces.size(); ++i)
    tokens.add(pieces[i].text, static_cast<TokenId>(tokens.size()), static_cast<double>(pieces[i].score));
  tokens.add("<mask>", static_cast<TokenId>(tokens.size()), 0.0);
  Json document = unigram_document(3);
  std::vector<std::pair<const char*, const char*>> roles = {{"mask_token", "<mask>"}};
  for (const char* name : first) roles.emplace_back("", name);
  document["added_tokens"] = added_tokens_json(files, roles);
  document["post_processor"] = template_json(tokens, "<s> A </s>", "<s> A </s> </s> B </s>");
  return finish(std::move(files), document);
}

TokenizerParts make_xlm_roberta(VocabularyFiles files) {
  return make_shifted(std::move(files), {"<s>", "<pad>", "</s>", "<unk>"}, 3);
}

TokenizerParts make_camembert(VocabularyFiles files) {
  return make_shifted(std::move(files), {"<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"}, 1);
}

}  // namespace

void register_tokenizer_family_unigram(TokenizerFamilyTable& table) {
  table.push_back({{"t5", "mt5", "umt5"}, true, make_t5});
  table.push_back({{"xlmroberta"}, true, make_xlm_roberta});
  table.push_back({{"camembert"}, true, make_camembert});
}

}  // namespace anemone
