// SPDX-License-Identifier: Apache-2.0
// Drops up to `start` leading and `stop` trailing copies of a character from each token.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Strip : public Decoder {
 public:
  explicit Strip(const Json& json)
      : content_(get_string(json, "content")),
        start_(static_cast<size_t>(get_size(json, "start", 0))),
        stop_(static_cast<size_t>(get_size(json, "stop", 0))) {
    if (count_code_points(content_) != 1) fail("content {}: expected one character", quote_name(content_));
  }

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (std::string& token : tokens) token = strip(token);
    return tokens;
  }

 private:
  std::string strip(std::string_view token) const {
    for (size_t i = 0; i < start_ && token.substr(0, content_.size()) == content_; ++i)
      token.remove_prefix(content_.size());
    for (size_t i = 0;
         i < stop_ && token.size() >= content_.size() && token.substr(token.size() - content_.size()) == content_; ++i)
      token.remove_suffix(content_.size());
    return std::string(token);
  }

  std::string content_;
  size_t start_;
  size_t stop_;
};

}  // namespace

void register_decoder_strip(DecoderTable& table) { table.add<Strip>("Strip"); }

}  // namespace anemone
