// SPDX-License-Identifier: Apache-2.0
// Text of ids that come one at a time, as a model generates them. What is given out is whole characters only, and all
// of it together is what Tokenizer::decode gives for all ids at once.
#pragma once

#include <string>
#include <vector>

#include "tokenizers/tokenizer.h"

namespace anemone {

class StreamDecoder {
 public:
  // The tokenizer must outlive this.
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens = true)
      : tokenizer_(tokenizer), skips_special_(skip_special_tokens) {}

  // The text that is certain with this id; often empty, as when a character is spread over several tokens.
  std::string add(TokenId id);
  // The rest.
  std::string finish();

 private:
  std::string text_from(size_t begin, size_t end) const;

  const Tokenizer& tokenizer_;
  bool skips_special_;
  std::vector<TokenId> ids_;
  // Tokens up to `given_` have been given out. Those from `context_` on are decoded again before new ones, because some
  // tokens read differently at the start of a text.
  size_t context_ = 0;
  size_t given_ = 0;
};

}  // namespace anemone
