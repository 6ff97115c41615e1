// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/vocabulary.h"

#include <utility>

namespace anemone {

Vocabulary Vocabulary::from_json(const Json& json) {
  if (!json.is_object()) fail("\"vocab\" is {}: expected an object", json.type_name());
  Vocabulary vocabulary;
  vocabulary.ids_.reserve(json.size());
  vocabulary.tokens_.reserve(json.size());
  for (const auto& [token, id] : json.items()) vocabulary.add(token, to_id(id, token));
  return vocabulary;
}

void Vocabulary::add(std::string token, TokenId id) {
  tokens_.emplace(id, token);
  ids_.insert_or_assign(std::move(token), id);
}

std::optional<TokenId> Vocabulary::id_of(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Vocabulary::token_of(TokenId id) const {
  const auto found = tokens_.find(id);
  if (found == tokens_.end()) return std::nullopt;
  return found->second;
}

}  // namespace anemone
