// SPDX-License-Identifier: Apache-2.0
// Connectionist temporal classification: repeated tokens count once, padding goes, delimiters become spaces.
#include <algorithm>

#include "tokenizers/clean_up.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/replacement.h"

namespace anemone {
namespace {

class Ctc : public Decoder {
 public:
  explicit Ctc(const Json& json)
      : padding_(get_string(json, "pad_token", "<pad>")),
        delimiter_(get_string(json, "word_delimiter_token", "|")),
        cleans_(get_bool(json, "cleanup", true)) {
    if (padding_.empty() || delimiter_.empty()) fail("\"pad_token\" or \"word_delimiter_token\" is empty");
  }

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
      token = replace_all(token, padding_, "");
      if (cleans_) token = replace_all(clean_up_spaces(std::move(token)), delimiter_, " ");
    }
    std::erase(tokens, "");
    return tokens;
  }

 private:
  std::string padding_;
  std::string delimiter_;
  bool cleans_;
};

}  // namespace

void register_decoder_ctc(DecoderTable& table) { table.add<Ctc>("CTC"); }

}  // namespace anemone
