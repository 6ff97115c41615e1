// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/added_tokens.h"

#include <algorithm>

#include "tokenizers/unicode.h"

namespace anemone {
namespace {

bool stands_alone(std::string_view text, size_t begin, size_t end) {
  size_t before = begin;
  size_t after = end;
  if (begin > 0 && is_word(previous_code_point(text, before))) return false;
  return end == text.size() || !is_word(next_code_point(text, after));
}

size_t skip_space_before(std::string_view text, size_t begin, size_t limit) {
  for (size_t i = begin; i > limit && is_white_space(previous_code_point(text, i));) begin = i;
  return begin;
}

size_t skip_space_after(std::string_view text, size_t end) {
  for (size_t i = end; i < text.size() && is_white_space(next_code_point(text, i));) end = i;
  return end;
}

}  // namespace

AddedToken parse_added_token(const Json& json) {
  AddedToken token;
  token.content = get_string(json, "content");
  return with_context("added token " + quote_name(token.content), [&] {
    token.id = get_id(json, "id");
    token.single_word = get_bool(json, "single_word", false);
    token.left_strip = get_bool(json, "lstrip", false);
    token.right_strip = get_bool(json, "rstrip", false);
    token.special = get_bool(json, "special", false);
    token.normalized = get_bool(json, "normalized", !token.special);
    return token;
  });
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer) : tokens_(std::move(tokens)) {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    ids_[token.content] = token.id;
    const bool changes = token.normalized && normalizer != nullptr;
    std::string surface = changes ? normalizer->normalize(token.content) : token.content;
    Trie& trie = token.normalized ? normalized_ : raw_;
    trie.insert(surface, static_cast<int32_t>(i));
    special_[token.id] = token.special && surface == token.content;  // the reference compares the texts
    surfaces_.emplace(token.id, std::move(surface));
  }
}

std::optional<TokenId> AddedTokens::id_of(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> AddedTokens::token_of(TokenId id) const {
  const auto found = surfaces_.find(id);
  if (found == surfaces_.end()) return std::nullopt;
  return found->second;
}

bool AddedTokens::is_special(TokenId id) const {
  const auto found = special_.find(id);
  return found != special_.end() && found->second;
}

std::vector<Section> AddedTokens::split(std::string_view text, const Normalizer* normalizer) const {
  std::vector<Section> sections;
  for (Section& raw : cut(text, raw_, true)) {
    if (raw.token) {
      sections.push_back(std::move(raw));
      continue;
    }
    if (normalizer != nullptr) raw.text = normalizer->normalize(std::move(raw.text));
    for (Section& section : cut(raw.text, normalized_, raw.at_start)) sections.push_back(std::move(section));
  }
  return sections;
}

std::vector<Section> AddedTokens::cut(std::string_view text, const Trie& trie, bool at_start) const {
  std::vector<Section> sections;
  size_t done = 0;
  const auto add_text = [&](size_t end) {
    if (done < end)
      sections.push_back({std::string(text.substr(done, end - done)), std::nullopt, at_start && done == 0});
  };
  for (size_t i = 0; i < text.size();) {
    const auto match = trie.longest_prefix(text.substr(i));
    if (!match) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<size_t>(match->value)];
    size_t begin = i;
    size_t end = i + match->length;
    i = end;
    if (token.single_word && !stands_alone(text, begin, end)) continue;
    if (end <= done) continue;  // swallowed as white space by the token before
    begin = std::max(begin, done);
    if (token.left_strip) begin = skip_space_before(text, begin, done);
    if (token.right_strip) end = skip_space_after(text, end);
    add_text(begin);
    sections.push_back({{}, token.id, false});
    done = end;
  }
  add_text(text.size());
  return sections;
}

}  // namespace anemone
