// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tiktoken.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "tokenizers/base64.h"
#include "tokenizers/byte_alphabet.h"
#include "tokenizers/tokenizer_json.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

// "base64 rank"; a token may be empty.
struct Line {
  std::string token;
  TokenId rank;
};

std::optional<Line> parse_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto bytes = decode_base64(line.substr(0, space));
  const auto rank = parse_int(line.substr(space + 1));
  if (!bytes || !rank || *rank < 0 || *rank > std::numeric_limits<TokenId>::max()) return std::nullopt;
  return Line{std::move(*bytes), static_cast<TokenId>(*rank)};
}

TokenList read_tokens(std::string_view text) {
  TokenList tokens;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto line = parse_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) fail("line {}: expected a token in base64 and its rank", number);
    if (!line->token.empty()) tokens.add(bytes_to_letters(line->token), line->rank);
    if (line->token.empty() && !text.empty()) fail("line {}: the token is empty", number);
  }
  return tokens;
}

// Any two tokens that together are a third may merge, with the rank of that.
MergeList all_merges(const Vocabulary& vocabulary) {
  const TokenList& tokens = vocabulary.tokens();
  MergeList merges;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view text = tokens.text(i);
    size_t middle = 0;
    for (next_code_point(text, middle); middle < text.size(); next_code_point(text, middle)) {
      const std::string_view left = text.substr(0, middle);
      const std::string_view right = text.substr(middle);
      if (vocabulary.id_of(left) && vocabulary.id_of(right))
        merges.add(left, right, static_cast<uint32_t>(tokens[i].id));
    }
  }
  return merges;
}

Json special_tokens(const TiktokenEncoding& encoding) {
  Json list = Json::array();
  TokenId id = encoding.first_special;
  for (const std::string& name : encoding.specials()) {
    if (!name.empty()) list.push_back({{"id", id}, {"content", name}, {"special", true}, {"normalized", false}});
    ++id;
  }
  return list;
}

Json document_of(const TiktokenEncoding& encoding) {
  const Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", encoding.pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json spell = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  Json document;
  document["added_tokens"] = special_tokens(encoding);
  if (encoding.composes) document["normalizer"] = {{"type", "NFC"}};
  document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, spell})}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {{"type", "BPE"}, {"ignore_merges", true}};
  return document;
}

}  // namespace

bool looks_like_tiktoken(std::string_view text) {
  const size_t end = text.substr(0, 400).find('\n');
  return end != std::string_view::npos && parse_line(text.substr(0, end)).has_value();
}

TokenizerParts parts_from_tiktoken(std::string_view text) {
  ModelSource source;
  source.tokens = read_tokens(text);
  const size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + (text.ends_with('\n') ? 0 : 1);
  const TiktokenEncoding* encoding = find_tiktoken_encoding(lines);
  if (encoding == nullptr) fail("a tiktoken file of {} tokens: expected {}", lines, any_of(tiktoken_encoding_names()));
  source.merges = all_merges(Vocabulary(source.tokens));
  return make_parts(document_of(*encoding), std::move(source));
}

}  // namespace anemone
