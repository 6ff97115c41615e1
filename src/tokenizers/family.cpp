// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/family.h"

#include <map>

#include "base/json.h"
#include "base/strings.h"

namespace anemone {

void register_all_tokenizer_family(TokenizerFamilyTable& table);

namespace {

std::string plain_name(std::string name) {
  for (const std::string_view ending : {"Fast", "Tokenizer"})
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      plain += static_cast<char>(c + 32);
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      plain += c;
  }
  return plain;
}

const TokenizerFamily* find(const std::string& name, bool sentencepiece) {
  static const TokenizerFamilyTable table = [] {
    TokenizerFamilyTable families;
    register_all_tokenizer_family(families);
    return families;
  }();
  for (const TokenizerFamily& family : table)
    for (const std::string& known : family.names)
      if (known == name && family.sentencepiece == sentencepiece) return &family;
  return nullptr;
}

// Pieces of a SentencePiece model that are found in a text as they are, and whether a decoder may leave them out.
std::map<std::string_view, bool> symbols_of(const VocabularyFiles& files) {
  std::map<std::string_view, bool> symbols;
  if (!files.pieces) return symbols;
  for (const SentencePiece& piece : files.pieces->pieces)
    if (piece.type == PieceType::kControl || piece.type == PieceType::kUserDefined)
      symbols[piece.text] = piece.type == PieceType::kControl;
  return symbols;
}

Json json_of(TokenId id, const std::string& content, const Json* details) {
  Json token = {{"id", id}, {"content", content}, {"special", true}, {"normalized", false}};
  for (const char* flag : {"lstrip", "rstrip", "single_word", "normalized", "special"})
    if (details != nullptr && details->is_object() && details->contains(flag)) token[flag] = details->at(flag);
  return token;
}

}  // namespace

const TokenizerFamily* find_family(const std::filesystem::path& path, const TokenizerConfig& config, bool sentencepiece,
                                   const char* fallback) {
  const std::string name = get_string(config.json, "tokenizer_class", "");
  if (const TokenizerFamily* family = find(plain_name(name), sentencepiece)) return family;
  const auto model = path.parent_path() / "config.json";
  if (std::filesystem::exists(model)) {
    const Json json = read_json(model);
    const std::string type = with_context(model.string(), [&] { return get_string(json, "model_type", ""); });
    if (const TokenizerFamily* family = find(plain_name(type), sentencepiece)) return family;
  }
  return find(fallback, sentencepiece);
}

std::string token_of_role(const TokenizerConfig& config, const char* role, const char* fallback) {
  const auto found = config.special_tokens.find(role);
  return found == config.special_tokens.end() ? fallback : found->second;
}

TokenId id_in(const TokenList& tokens, std::string_view token) {
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens.text(i) == token) return tokens[i].id;
  fail("special token {} is not in the vocabulary", quote_name(token));
}

Json added_tokens_json(const VocabularyFiles& files, const std::vector<std::pair<const char*, const char*>>& roles) {
  std::map<TokenId, Json> tokens;
  if (find_field(files.config.json, "added_tokens_decoder") != nullptr) {
    for (const auto& [key, details] : get_object(files.config.json, "added_tokens_decoder").items()) {
      const auto id = parse_int(key);
      if (!id || *id < 0 || *id > std::numeric_limits<TokenId>::max())
        fail("added token {}: expected an id", quote_name(key));
      tokens[static_cast<TokenId>(*id)] = json_of(static_cast<TokenId>(*id), get_string(details, "content"), &details);
    }
  }
  const TokenList& list = files.source.tokens;
  for (const auto& [role, fallback] : roles) {
    const std::string content = token_of_role(files.config, role, fallback);
    for (size_t i = 0; i < list.size(); ++i)
      if (list.text(i) == content)
        tokens.try_emplace(list[i].id, json_of(list[i].id, content, find_field(files.config.json, role)));
  }
  const auto symbols = symbols_of(files);
  for (size_t i = 0; i < list.size() && !symbols.empty(); ++i)
    if (const auto symbol = symbols.find(list.text(i)); symbol != symbols.end()) {
      const Json details = {{"special", symbol->second}};
      tokens.try_emplace(list[i].id, json_of(list[i].id, std::string(symbol->first), &details));
    }
  Json result = Json::array();
  for (auto& [id, token] : tokens) result.push_back(std::move(token));
  return result;
}

Json template_json(const TokenList& tokens, const std::string& single, const std::string& pair) {
  Json specials = Json::object();
  const auto parse = [&](const std::string& pattern) {
    Json pieces = Json::array();
    for (const std::string& name : split(pattern, ' ')) {
      if (name == "A" || name == "B") {
        pieces.push_back({{"Sequence", {{"id", name}, {"type_id", 0}}}});
        continue;
      }
      pieces.push_back({{"SpecialToken", {{"id", name}, {"type_id", 0}}}});
      specials[name] = {{"id", name}, {"ids", {id_in(tokens, name)}}, {"tokens", {name}}};
    }
    return pieces;
  };
  Json first = parse(single);
  Json second = parse(pair);
  return {{"type", "TemplateProcessing"}, {"single", first}, {"pair", second}, {"special_tokens", specials}};
}

}  // namespace anemone
