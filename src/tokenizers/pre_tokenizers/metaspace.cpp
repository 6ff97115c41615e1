// SPDX-License-Identifier: Apache-2.0
// Writes spaces as a visible character, puts one in front of the text or of every piece, and splits before each.
#include "tokenizers/metaspace.h"

#include "tokenizers/replacement.h"
#include "tokenizers/split_behavior.h"

namespace anemone {
namespace {

class Metaspace : public PreTokenizer {
 public:
  explicit Metaspace(const Json& json) : options_(json), splits_(get_bool(json, "split", true)) {}

  void split(const Piece& piece, const PieceSink& sink) const override {
    const std::string& mark = options_.mark;
    std::string text = replace_all(piece.text, " ", mark);
    const bool wanted =
        options_.scheme == PrependScheme::kAlways || (options_.scheme == PrependScheme::kFirst && piece.at_start);
    if (wanted && text.compare(0, mark.size(), mark) != 0) text.insert(0, mark);
    const Piece marked{text, piece.at_start};
    if (!splits_) return sink(marked);
    Splitter splitter(marked, SplitBehavior::kMergedWithNext, sink);
    size_t gap = 0;
    for (size_t i = text.find(mark); i != std::string::npos; i = text.find(mark, gap)) {
      if (gap < i) splitter.add(i, false);
      gap = i + mark.size();
      splitter.add(gap, true);
    }
    if (gap < text.size()) splitter.add(text.size(), false);
    splitter.finish();
  }

 private:
  MetaspaceOptions options_;
  bool splits_;
};

}  // namespace

void register_pre_tokenizer_metaspace(PreTokenizerTable& table) { table.add<Metaspace>("Metaspace"); }

}  // namespace anemone
