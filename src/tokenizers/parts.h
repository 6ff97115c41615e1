// SPDX-License-Identifier: Apache-2.0
// Everything a tokenizer is made of, as a loader reads it from a file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tokenizers/added_tokens.h"
#include "tokenizers/pipeline.h"

namespace anemone {

enum class TruncationStrategy { kLongestFirst, kOnlyFirst, kOnlySecond };

struct Truncation {
  int64_t max_length = 0;  // in tokens, with the special ones
  TruncationStrategy strategy = TruncationStrategy::kLongestFirst;
  bool left = false;  // drop from the start
};

struct Padding {
  std::optional<int64_t> length;  // fixed; none: to the longest of a batch
  bool left = false;
  TokenId id = 0;
  TokenId type_id = 0;
};

struct TokenizerParts {
  std::unique_ptr<const TokenizerModel> model;  // never null; the other stages may be
  std::unique_ptr<const Normalizer> normalizer;
  std::unique_ptr<const PreTokenizer> pre_tokenizer;
  std::unique_ptr<const PostProcessor> post_processor;
  std::unique_ptr<const Decoder> decoder;
  std::vector<AddedToken> added_tokens;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
};

}  // namespace anemone
