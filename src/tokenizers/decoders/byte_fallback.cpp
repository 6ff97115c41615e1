// SPDX-License-Identifier: Apache-2.0
// Makes text of runs of byte tokens, <0x41>. A run that is not UTF-8 becomes one U+FFFD for each of its bytes.
#include "base/strings.h"
#include "tokenizers/byte_token.h"
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class ByteFallback : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::vector<std::string> result;
    std::string run;
    const auto finish_run = [&] {
      if (run.empty()) return;
      if (is_valid_utf8(run)) {
        result.push_back(run);
      } else {
        result.insert(result.end(), run.size(), "\xEF\xBF\xBD");
      }
      run.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = byte_of_token(token)) {
        run += *byte;
        continue;
      }
      finish_run();
      result.push_back(std::move(token));
    }
    finish_run();
    return result;
  }
};

}  // namespace

void register_decoder_byte_fallback(DecoderTable& table) { table.add<ByteFallback>("ByteFallback"); }

}  // namespace anemone
