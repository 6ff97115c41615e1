// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding: a word is cut into characters, then neighbours are merged in the order of the merge list.
// Dropout, a means of training, is ignored.
#include <algorithm>
#include <array>
#include <limits>

#include "tokenizers/merge_queue.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

constexpr std::string_view kMark = "\u2581";

class Bpe : public TokenizerModel {
 public:
  explicit Bpe(ModelSource&& source)
      : vocabulary_(std::move(source.tokens)),
        merges_(source.merges ? source.merges->size() : 0),
        prefix_(get_string(*source.options, "continuing_subword_prefix", "")),
        suffix_(get_string(*source.options, "end_of_word_suffix", "")),
        fuses_unknown_(get_bool(*source.options, "fuse_unk", false)),
        falls_back_(get_bool(*source.options, "byte_fallback", false)),
        whole_words_(get_bool(*source.options, "ignore_merges", false)) {
    if (find_field(*source.options, "unk_token") != nullptr) unknown_ = known(get_string(*source.options, "unk_token"));
    if (!source.merges) fail("\"merges\" is missing");
    read_merges(*source.merges);
    if (marks_words()) word_mark_ = kMark;
    for (size_t byte = 0; byte < bytes_.size(); ++byte)
      if (const auto id = vocabulary_.id_of(fmt::format("<0x{:02X}>", byte))) bytes_[byte] = *id;
  }

  void encode(std::string_view word, std::vector<TokenId>& ids) const override {
    if (whole_words_) {
      if (const auto id = vocabulary_.id_of(word)) return ids.push_back(*id);
    }
    MergeQueue queue(merges_);
    cut(word, queue);
    queue.finish(ids);
  }

  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id_of(token); }
  std::optional<std::string_view> id_to_token(TokenId id) const override { return vocabulary_.token_of(id); }
  size_t size() const override { return vocabulary_.size(); }
  std::string_view word_mark() const override { return word_mark_; }

 private:
  TokenId known(std::string_view token) const {
    const auto id = vocabulary_.id_of(token);
    if (!id) fail("token {} is not in the vocabulary", quote_name(token));
    return *id;
  }

  // The same where the last token found or the one behind it is likely: merges mostly make tokens in their order.
  TokenId known_near(std::string_view token, size_t& last) const {
    const TokenList& tokens = vocabulary_.tokens();
    const size_t end =
        tokens.size() == vocabulary_.size() ? std::min(tokens.size(), last + 2) : 0;  // none is there twice
    for (size_t guess = last; guess < end; ++guess)
      if (tokens.text(guess) == token) return tokens[last = guess].id;
    if (const auto index = vocabulary_.index_of(token)) last = *index;
    return known(token);
  }

  // Whether no token goes over the start of a word, so that words do not merge with each other.
  bool marks_words() const {
    if (whole_words_ || !prefix_.empty() || !suffix_.empty() || !vocabulary_.id_of(kMark)) return false;
    const TokenList& tokens = vocabulary_.tokens();
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string_view text = tokens.text(i);
      while (text.substr(0, kMark.size()) == kMark) text.remove_prefix(kMark.size());
      if (text.find(kMark) != std::string_view::npos) return false;
    }
    return true;
  }

  void read_merges(const MergeList& list) {
    constexpr size_t kAhead = 8;  // look-ups miss the caches, so those that follow are announced
    size_t last = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      if (i + kAhead < list.size()) {
        vocabulary_.prefetch(list.left(i + kAhead));
        vocabulary_.prefetch(list.right(i + kAhead));
      }
      const std::string_view right = list.right(i);
      if (right.substr(0, prefix_.size()) != prefix_)
        fail("merge of {} and {}: the second lacks the prefix {}", quote_name(list.left(i)), quote_name(right),
             quote_name(prefix_));
      const TokenId first = known(list.left(i));
      const TokenId second = known(right);
      const TokenId both = prefix_.empty() ? known_near(list.both(i), last)
                                           : known(std::string(list.left(i)).append(right.substr(prefix_.size())));
      merges_.add(first, second, {list.rank(i), both});
    }
  }

  // The characters of a word as tokens. What the vocabulary lacks becomes its bytes or the unknown token. One unknown
  // is held back until a known character follows, so that runs can be fused; bytes overtake it, as in the reference.
  void cut(std::string_view word, MergeQueue& queue) const {
    bool held = false;
    const auto release = [&] {
      if (held) queue.add(*unknown_);
      held = false;
    };
    for (size_t i = 0; i < word.size();) {
      const size_t begin = i;
      next_code_point(word, i);
      const std::string_view character = word.substr(begin, i - begin);
      const auto id = id_of_character(character, begin == 0, i == word.size());
      if (id) {
        release();
        queue.add(*id);
      } else if (!(falls_back_ && add_bytes(character, begin == 0, i == word.size(), queue)) && unknown_) {
        if (!fuses_unknown_) release();
        held = true;
      }
    }
    release();
  }

  std::optional<TokenId> id_of_character(std::string_view character, bool first, bool last) const {
    if ((first || prefix_.empty()) && (!last || suffix_.empty())) return vocabulary_.id_of(character);
    return vocabulary_.id_of(marked(character, first, last));
  }

  std::string marked(std::string_view character, bool first, bool last) const {
    return (first ? "" : prefix_) + std::string(character) + (last ? suffix_ : "");
  }

  bool add_bytes(std::string_view character, bool first, bool last, MergeQueue& queue) const {
    const std::string text = marked(character, first, last);
    for (const char byte : text)
      if (bytes_[static_cast<unsigned char>(byte)] < 0) return false;
    for (const char byte : text) queue.add(bytes_[static_cast<unsigned char>(byte)]);
    return true;
  }

  static std::array<TokenId, 256> no_bytes() {
    std::array<TokenId, 256> none;
    none.fill(-1);
    return none;
  }

  Vocabulary vocabulary_;
  MergeTable merges_;
  std::string prefix_;  // of characters that do not begin a word
  std::string suffix_;  // of the character that ends it
  std::optional<TokenId> unknown_;
  std::array<TokenId, 256> bytes_ = no_bytes();  // <0x00> to <0xFF>, -1 where the vocabulary has none
  bool fuses_unknown_;
  bool falls_back_;
  bool whole_words_;
  std::string_view word_mark_;
};

}  // namespace

void register_tokenizer_model_bpe(TokenizerModelTable& table) { table.add<Bpe>("BPE"); }

}  // namespace anemone
