// SPDX-License-Identifier: Apache-2.0
// Tokens and their ids, both ways. Ids are 0 to 2^31-1 and need not be dense.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tokenizers/fields.h"

namespace anemone {

class Vocabulary {
 public:
  Vocabulary() = default;
  // From {"token": id, ...}.
  static Vocabulary from_json(const Json& json);

  // A token that is there already gets the new id.
  void add(std::string token, TokenId id);
  std::optional<TokenId> id_of(std::string_view token) const;
  std::optional<std::string_view> token_of(TokenId id) const;
  size_t size() const { return ids_.size(); }

  // {token, id} pairs in no fixed order.
  const auto& entries() const { return ids_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> ids_;
  std::unordered_map<TokenId, std::string> tokens_;  // the first token of each id
};

}  // namespace anemone
