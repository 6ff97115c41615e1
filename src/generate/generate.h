// SPDX-License-Identifier: Apache-2.0
// Continues texts with a causal language model: one token after another, each from the logits at the end of all that
// stands so far. The whole sequence is computed again for every token. When it is longer than the package takes, its
// last part is used.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "generate/sample.h"
#include "runtime/text_model.h"

namespace anemone {

struct GenerationOptions {
  SamplingOptions sampling;
  int64_t max_new_tokens = 128;
  bool ignore_end = false;         // go on behind the model's own end of text
  std::set<TokenId> stop_tokens;   // besides the model's own
  std::vector<std::string> stops;  // text that ends the continuation and is not part of it
  bool add_special_tokens = true;  // those that the tokenizer puts around a prompt
};

struct Generation {
  enum class End { kLength, kStop };
  std::vector<TokenId> prompt;  // as the model saw it
  std::vector<TokenId> tokens;  // of the continuation, without the one that ended it
  std::string text;
  End end = End::kLength;
};

class TextGenerator {
 public:
  // Throws Error; see TextModel::open. The package must give logits of (batch, tokens, words).
  static TextGenerator open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                            const RunOptions& options);

  // `write` gets the continuation in pieces, each of whole characters; false stops it.
  using Write = std::function<bool(std::string_view piece)>;
  Generation generate(std::string_view prompt, const GenerationOptions& options, const Write& write = {});
  // The same for a prompt of tokens, which must not be empty.
  Generation continue_tokens(std::vector<TokenId> prompt, const GenerationOptions& options, const Write& write = {});

  // The logits that follow a sequence.
  std::vector<float> next_logits(std::span<const TokenId> tokens);
  // The id of a token as the tokenizer spells it. Error when there is none.
  TokenId token(const std::string& spelling) const;
  int64_t longest() const { return model_.longest(); }

 private:
  explicit TextGenerator(TextModel model) : model_(std::move(model)) {}
  void read_settings();

  TextModel model_;
  std::set<TokenId> ends_;
  std::optional<TokenId> beginning_;
};

}  // namespace anemone
