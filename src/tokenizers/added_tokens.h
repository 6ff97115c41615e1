// SPDX-License-Identifier: Apache-2.0
// Tokens that are cut out of the text before the model sees it: special ones and those added after training. The
// longest match at the leftmost place wins. Those with normalized = false are looked for in the raw text, the others in
// what the normalizer makes of the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizers/pipeline.h"
#include "tokenizers/trie.h"

namespace anemone {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  // only where no word character stands beside it
  bool left_strip = false;   // swallows the white space before it
  bool right_strip = false;  // and after it
  bool normalized = false;
  bool special = false;  // left out by decoding when asked
};

AddedToken parse_added_token(const Json& json);

// A stretch of normalized text, or one added token.
struct Section {
  std::string text;
  std::optional<TokenId> token;
  bool at_start = false;
};

class AddedTokens {
 public:
  // `normalizer` may be null.
  AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer);

  std::vector<Section> split(std::string_view text, const Normalizer* normalizer) const;

  std::optional<TokenId> id_of(std::string_view content) const;
  // What decoding shows: the content, normalized where the token is looked for in normalized text.
  std::optional<std::string_view> token_of(TokenId id) const;
  bool is_special(TokenId id) const;
  const std::vector<AddedToken>& all() const { return tokens_; }

 private:
  std::vector<Section> cut(std::string_view text, const Trie& trie, bool at_start) const;

  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, TokenId> ids_;
  std::unordered_map<TokenId, std::string> surfaces_;
  std::unordered_map<TokenId, bool> special_;
  Trie raw_;         // content -> index into tokens_
  Trie normalized_;  // normalized content -> index
};

}  // namespace anemone
