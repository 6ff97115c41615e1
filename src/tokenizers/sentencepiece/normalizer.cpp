// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/charsmap.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/trie.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class SentencePieceNormalizer : public Normalizer {
 public:
  explicit SentencePieceNormalizer(const SentencePieceFile& file)
      : table_(file.charsmap),
        space_(file.escape_whitespaces ? kSpaceMark : " "),
        adds_space_(file.add_dummy_prefix),
        space_at_end_(file.mark_after_word),
        removes_spaces_(file.remove_extra_whitespaces) {
    for (const SentencePiece& piece : file.pieces)
      if (piece.type == PieceType::kUserDefined) kept_.insert(piece.text, 0);
  }

  std::string normalize(std::string text) const override {
    std::string_view rest = text;
    if (removes_spaces_)
      while (!rest.empty() && next(rest).text == " ") rest.remove_prefix(next(rest).length);
    if (rest.empty()) return {};
    std::string result;
    result.reserve(rest.size() + rest.size() / 2);
    if (adds_space_ && !space_at_end_) result += space_;
    bool after_space = removes_spaces_;
    while (!rest.empty()) {
      auto [length, part] = next(rest);
      rest.remove_prefix(length);
      while (after_space && part.substr(0, 1) == " ") part.remove_prefix(1);
      for (const char c : part) c == ' ' ? result += space_ : result += c;
      if (!part.empty()) after_space = removes_spaces_ && part.back() == ' ';
    }
    while (removes_spaces_ && result.size() >= space_.size() &&
           std::string_view(result).substr(result.size() - space_.size()) == space_)
      result.resize(result.size() - space_.size());
    if (adds_space_ && space_at_end_) result += space_;
    return result;
  }

 private:
  // What the start of the text becomes, and how long that start is. Symbols of the user stay as they are.
  struct Part {
    size_t length;
    std::string_view text;
  };
  Part next(std::string_view text) const {
    if (const auto kept = kept_.longest_prefix(text)) return {kept->length, text.substr(0, kept->length)};
    if (const auto match = table_.longest(text)) return {match->length, match->replacement};
    size_t end = 0;
    next_code_point(text, end);
    return {end, text.substr(0, end)};
  }

  Charsmap table_;
  Trie kept_;
  std::string space_;
  bool adds_space_;
  bool space_at_end_;
  bool removes_spaces_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_sentencepiece_normalizer(const SentencePieceFile& file) {
  return std::make_unique<const SentencePieceNormalizer>(file);
}

}  // namespace anemone
