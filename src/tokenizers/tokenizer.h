// SPDX-License-Identifier: Apache-2.0
// Text <-> ids, as the tokenizer that a checkpoint was trained with. Immutable; any number of threads may share one.
// Text need not be valid UTF-8: ill-formed parts count as U+FFFD. Ids are the reference library's (Hugging Face
// tokenizers), bit for bit.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/parts.h"
#include "tokenizers/tokenizer_config.h"
#include "tokenizers/word_cache.h"

namespace anemone {

// Three vectors of the same length.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<TokenId> type_ids;
  std::vector<int32_t> attention_mask;  // 1, and 0 for padding
};

struct EncodeOptions {
  bool add_special_tokens = true;
  std::optional<std::string_view> pair = {};  // a second sequence
  std::optional<int64_t> max_length = {};     // cut to this many tokens, special ones included
  std::optional<int64_t> pad_to_length = {};  // fill up with padding to this many
};

class Tokenizer {
 public:
  // A checkpoint's folder, or a tokenizer.json or vocab.txt (under any name that ends so). Throws Error.
  static Tokenizer open(const std::filesystem::path& path);
  explicit Tokenizer(TokenizerParts parts, TokenizerConfig config = {});

  // What the file says about truncation and padding only tells side and strategy: neither is done unless asked for.
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  // Ids that no token has are left out.
  std::string decode(std::span<const TokenId> ids, bool skip_special_tokens = false) const;

  std::optional<TokenId> token_to_id(std::string_view token) const;
  std::optional<std::string> id_to_token(TokenId id) const;
  // The id of a role in tokenizer_config.json: "pad_token", "eos_token", ...
  std::optional<TokenId> special_id(const std::string& role) const;
  // What padding uses: the file's padding, the role "pad_token", or 0.
  TokenId pad_id() const;

  const std::optional<Truncation>& truncation() const { return parts_.truncation; }
  const std::optional<Padding>& padding() const { return parts_.padding; }
  const std::optional<int64_t>& model_max_length() const { return config_.model_max_length; }

 private:
  TypedIds encode_sequence(std::string_view text, TokenId type) const;
  void pad(Encoding& encoding, int64_t length) const;

  TokenizerParts parts_;
  std::unique_ptr<WordCachePool> caches_ = std::make_unique<WordCachePool>();
  AddedTokens added_;
  TokenizerConfig config_;
};

}  // namespace anemone
