// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding with scores for ranks: any two neighbours that together are a piece may merge, the highest score
// first. Symbols of the user are never cut or merged; pieces marked unused are taken apart again.
#include <map>

#include "tokenizers/sentencepiece/base_model.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/trie.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class SentencePieceBpe : public SentencePieceModel {
 public:
  explicit SentencePieceBpe(const SentencePieceFile& file) : SentencePieceModel(file) {
    for (size_t i = 0; i < file.pieces.size(); ++i)
      if (file.pieces[i].type == PieceType::kUserDefined) frozen_.insert(file.pieces[i].text, static_cast<int32_t>(i));
  }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    Merging merging{*this, text, {}, {}, {}};
    merging.run();
    bool after_unknown = false;
    for (int64_t i = merging.symbols.empty() ? -1 : 0; i >= 0; i = merging.symbols[static_cast<size_t>(i)].next)
      merging.take_apart(merging.symbols[static_cast<size_t>(i)].text, after_unknown, ids);
  }

 private:
  struct Symbol {
    std::string_view text;  // empty when it went into the one before
    int64_t previous;
    int64_t next;
    bool frozen;
  };
  struct Candidate {
    float score;
    int64_t left;
    int64_t right;
    size_t length;
  };

  struct Merging {
    const SentencePieceBpe& model;
    std::string_view text;
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
    std::map<std::string_view, std::pair<std::string_view, std::string_view>> parts;  // of unused pieces

    // For the heap, whose top is the largest.
    static bool goes_later(const Candidate& a, const Candidate& b) {
      return a.score != b.score ? a.score < b.score : a.left > b.left;
    }

    void run() {
      for (size_t i = 0; i < text.size();) {
        size_t end = i;
        const auto frozen = model.frozen_.longest_prefix(text.substr(i));
        if (frozen) {
          end = i + frozen->length;
        } else {
          next_code_point(text, end);
        }
        const auto place = static_cast<int64_t>(symbols.size());
        symbols.push_back(
            {text.substr(i, end - i), place - 1, end == text.size() ? -1 : place + 1, frozen.has_value()});
        i = end;
      }
      for (int64_t i = 1; i < static_cast<int64_t>(symbols.size()); ++i) consider(i - 1, i);
      while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), goes_later);
        const Candidate top = heap.back();
        heap.pop_back();
        merge(top);
      }
    }

    void consider(int64_t left, int64_t right) {
      if (left < 0 || right < 0) return;
      const Symbol& a = symbols[static_cast<size_t>(left)];
      const Symbol& b = symbols[static_cast<size_t>(right)];
      if (a.frozen || b.frozen) return;
      const std::string_view both(a.text.data(), a.text.size() + b.text.size());
      const auto id = model.token_to_id(both);
      if (!id || !model.is_searched(*id)) return;
      heap.push_back({model.score_of(*id), left, right, both.size()});
      std::push_heap(heap.begin(), heap.end(), goes_later);
      if (model.type_of(*id) == PieceType::kUnused) parts[both] = {a.text, b.text};
    }

    void merge(const Candidate& top) {
      Symbol& left = symbols[static_cast<size_t>(top.left)];
      Symbol& right = symbols[static_cast<size_t>(top.right)];
      if (left.text.empty() || right.text.empty() || left.text.size() + right.text.size() != top.length) return;
      left.text = {left.text.data(), top.length};
      left.next = right.next;
      if (right.next >= 0) symbols[static_cast<size_t>(right.next)].previous = top.left;
      right.text = {};
      consider(left.previous, top.left);
      consider(top.left, left.next);
    }

    // An unused piece stands for what it was merged from, as deep as that goes.
    void take_apart(std::string_view piece, bool& after_unknown, std::vector<TokenId>& ids) const {
      std::vector<std::string_view> waiting = {piece};
      while (!waiting.empty()) {
        const std::string_view next = waiting.back();
        waiting.pop_back();
        const TokenId id = model.token_to_id(next).value_or(model.unknown());
        const auto found = model.type_of(id) == PieceType::kUnused ? parts.find(next) : parts.end();
        if (found == parts.end()) {
          model.add(next, id, after_unknown, ids);
          continue;
        }
        waiting.push_back(found->second.second);
        waiting.push_back(found->second.first);
      }
    }
  };

  Trie frozen_;
};

}  // namespace

std::unique_ptr<const TokenizerModel> make_sentencepiece_bpe(const SentencePieceFile& file) {
  return std::make_unique<const SentencePieceBpe>(file);
}

}  // namespace anemone
