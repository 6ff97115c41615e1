// SPDX-License-Identifier: Apache-2.0
// BERT's vocab.txt: one WordPiece token a line, the line number is its id. The rest of the pipeline is BERT's, adjusted
// by tokenizer_config.json; it is written down as the tokenizer.json that such a folder would be converted to.
#include "tokenizers/family.h"
#include "tokenizers/loader.h"
#include "tokenizers/text_lines.h"
#include "tokenizers/tokenizer_config.h"
#include "tokenizers/tokenizer_json.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

constexpr std::pair<const char*, const char*> kSpecialTokens[] = {{"pad_token", "[PAD]"},
                                                                  {"unk_token", "[UNK]"},
                                                                  {"cls_token", "[CLS]"},
                                                                  {"sep_token", "[SEP]"},
                                                                  {"mask_token", "[MASK]"}};

Json special_piece(const std::string& token, int type) {
  return {{"SpecialToken", {{"id", token}, {"type_id", type}}}};
}
Json sequence_piece(const char* name, int type) { return {{"Sequence", {{"id", name}, {"type_id", type}}}}; }

Json bert_template(const TokenizerConfig& config, const Vocabulary& vocabulary) {
  const std::string cls = token_of_role(config, "cls_token", "[CLS]");
  const std::string sep = token_of_role(config, "sep_token", "[SEP]");
  Json specials = Json::object();
  for (const std::string& token : {cls, sep}) {
    const auto id = vocabulary.id_of(token);
    if (!id) fail("special token {} is not in the vocabulary", quote_name(token));
    specials[token] = {{"id", token}, {"ids", {*id}}, {"tokens", {token}}};
  }
  Json single = Json::array({special_piece(cls, 0), sequence_piece("A", 0), special_piece(sep, 0)});
  Json pair = single;
  pair.push_back(sequence_piece("B", 1));
  pair.push_back(special_piece(sep, 1));
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", specials}};
}

Json special_tokens_json(const TokenizerConfig& config, const Vocabulary& vocabulary) {
  Json tokens = Json::array();
  for (const auto& [role, fallback] : kSpecialTokens) {
    const std::string token = token_of_role(config, role, fallback);
    if (const auto id = vocabulary.id_of(token))
      tokens.push_back({{"id", *id}, {"content", token}, {"special", true}, {"normalized", false}});
  }
  return tokens;
}

Json bert_document(const Vocabulary& vocabulary, const TokenizerConfig& config) {
  const Json* accents = find_field(config.json, "strip_accents");
  Json document;
  document["added_tokens"] = special_tokens_json(config, vocabulary);
  document["normalizer"] = {{"type", "BertNormalizer"},
                            {"handle_chinese_chars", get_bool(config.json, "tokenize_chinese_chars", true)},
                            {"strip_accents", accents == nullptr ? Json() : *accents},
                            {"lowercase", get_bool(config.json, "do_lower_case", true)}};
  document["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  document["post_processor"] = bert_template(config, vocabulary);
  document["decoder"] = {{"type", "WordPiece"}};
  document["model"] = {{"type", "WordPiece"}, {"unk_token", token_of_role(config, "unk_token", "[UNK]")}};
  return document;
}

TokenizerParts load(const std::filesystem::path& file) {
  const auto lines = read_text_lines(file);
  if (lines.empty()) fail("{}: the vocabulary is empty", file.string());
  ModelSource source;
  for (const std::string& line : lines) source.tokens.add(line, static_cast<TokenId>(source.tokens.size()));
  const TokenizerConfig config = read_tokenizer_config(file);
  if (const TokenizerFamily* family = find_family(file, config, false))
    return with_context(file.string(), [&] { return family->make({std::move(source), std::nullopt, config}); });
  return with_context(file.string(), [&] {
    const Json document = bert_document(Vocabulary(source.tokens), config);
    return make_parts(document, std::move(source));
  });
}

}  // namespace

void register_tokenizer_loader_vocab_txt(TokenizerLoaderTable& table) {
  table.push_back({"vocab.txt", ".txt", 10, load});
}

}  // namespace anemone
