// SPDX-License-Identifier: Apache-2.0
// Splits words as GPT-2 does and writes their bytes in its alphabet.
#include "tokenizers/byte_alphabet.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/regex/regex.h"
#include "tokenizers/split_behavior.h"

namespace anemone {
namespace {

// English endings; letters, numbers and other signs, each with a space before; white space, the last of which before
// something else is left to that.
constexpr const char* kPattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class ByteLevel : public PreTokenizer {
 public:
  explicit ByteLevel(const Json& json) : add_space_(get_bool(json, "add_prefix_space", true)) {
    if (get_bool(json, "use_regex", true)) pattern_.emplace(kPattern);
  }

  void split(const Piece& piece, const PieceSink& sink) const override {
    if (!add_space_ || piece.text.substr(0, 1) == " ") return split_words(piece, sink);
    const std::string spaced = " " + std::string(piece.text);
    split_words({spaced, piece.at_start}, sink);
  }

 private:
  void split_words(const Piece& piece, const PieceSink& sink) const {
    const PieceSink spell = [&](const Piece& word) { sink({bytes_to_letters(word.text), word.at_start}); };
    if (pattern_) return split_matches(piece, *pattern_, SplitBehavior::kIsolated, false, spell);
    spell(piece);
  }

  bool add_space_;
  std::optional<Regex> pattern_;
};

}  // namespace

void register_pre_tokenizer_byte_level(PreTokenizerTable& table) { table.add<ByteLevel>("ByteLevel"); }

}  // namespace anemone
