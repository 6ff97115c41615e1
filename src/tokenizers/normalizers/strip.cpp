// SPDX-License-Identifier: Apache-2.0
// Drops white space at either end.
#include "tokenizers/pipeline.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class Strip : public Normalizer {
 public:
  explicit Strip(const Json& json)
      : left_(get_bool(json, "strip_left", true)), right_(get_bool(json, "strip_right", true)) {}

  std::string normalize(std::string text) const override {
    size_t begin = 0;
    for (size_t i = 0; left_ && i < text.size() && is_white_space(next_code_point(text, i));) begin = i;
    size_t end = text.size();
    for (size_t i = end; right_ && i > begin && is_white_space(previous_code_point(text, i));) end = i;
    return text.substr(begin, end - begin);
  }

 private:
  bool left_;
  bool right_;
};

}  // namespace

void register_normalizer_strip(NormalizerTable& table) { table.add<Strip>("Strip"); }

}  // namespace anemone
