// SPDX-License-Identifier: Apache-2.0
// Joins tokens with spaces, glues continuation pieces ("##") to what stands before them, and takes out the spaces that
// splitting put before punctuation and English contractions.
#include "tokenizers/clean_up.h"
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class WordPieceDecoder : public Decoder {
 public:
  explicit WordPieceDecoder(const Json& json)
      : prefix_(get_string(json, "prefix", "##")), cleanup_(get_bool(json, "cleanup", true)) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0 && token.compare(0, prefix_.size(), prefix_) == 0) {
        token.erase(0, prefix_.size());
      } else if (i > 0) {
        token.insert(token.begin(), ' ');
      }
      if (cleanup_) token = clean_up_spaces(std::move(token));
    }
    return tokens;
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

}  // namespace

void register_decoder_word_piece(DecoderTable& table) { table.add<WordPieceDecoder>("WordPiece"); }

}  // namespace anemone
