// SPDX-License-Identifier: Apache-2.0
// SentencePiece's table of replacements, applied as the reference does: a grapheme cluster of less than six bytes is
// replaced as a whole by what the shortest key at its start gives, otherwise each of its characters by itself.
#include <utf8proc.h>

#include <array>

#include "tokenizers/base64.h"
#include "tokenizers/charsmap.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

constexpr size_t kLongestCluster = 5;

Charsmap decode_table(const Json& json) {
  const auto blob = decode_base64(get_string(json, "precompiled_charsmap"));
  if (!blob) fail("\"precompiled_charsmap\" is not base64");
  return Charsmap(*blob);
}

bool is_single_byte(std::string_view text, size_t i) { return static_cast<unsigned char>(text[i]) < 0x80; }

// Where the grapheme cluster that begins at `begin` ends.
size_t end_of_cluster(std::string_view text, size_t begin) {
  size_t end = begin;
  char32_t last = next_code_point(text, end);
  utf8proc_int32_t state = 0;
  while (end < text.size()) {
    size_t next = end;
    const char32_t code = next_code_point(text, next);
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last), static_cast<utf8proc_int32_t>(code),
                                         &state))
      break;
    end = next;
    last = code;
  }
  return end;
}

class Precompiled : public Normalizer {
 public:
  explicit Precompiled(const Json& json) : Precompiled(decode_table(json)) {}
  explicit Precompiled(Charsmap table) : table_(std::move(table)) {
    for (size_t byte = 1; byte < 0x80; ++byte) {
      const char c = static_cast<char>(byte);
      const auto match = table_.shortest({&c, 1});
      ascii_[byte] = match ? std::string(match->replacement) : std::string(1, c);
    }
    ascii_[0] = std::string(1, '\0');
  }

  std::string normalize(std::string text) const override {
    std::string result;
    result.reserve(text.size());
    const std::string_view all = text;
    for (size_t i = 0; i < all.size();) {
      const bool alone = is_single_byte(all, i) && (i + 1 == all.size() || is_single_byte(all, i + 1));
      if (alone && !(all[i] == '\r' && all.substr(i + 1, 1) == "\n")) {
        result += ascii_[static_cast<unsigned char>(all[i++])];
        continue;
      }
      const size_t end = end_of_cluster(all, i);
      replace_cluster(all.substr(i, end - i), result);
      i = end;
    }
    return result;
  }

 private:
  void replace_cluster(std::string_view cluster, std::string& result) const {
    if (cluster.size() <= kLongestCluster) {
      if (const auto match = table_.shortest(cluster)) {
        result += match->replacement;
        return;
      }
    }
    for (size_t i = 0; i < cluster.size();) {
      const size_t begin = i;
      next_code_point(cluster, i);
      const std::string_view character = cluster.substr(begin, i - begin);
      const auto match = table_.shortest(character);
      result += match ? match->replacement : character;
    }
  }

  Charsmap table_;
  std::array<std::string, 128> ascii_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_charsmap_normalizer(std::string_view table) {
  return table.empty() ? nullptr : std::make_unique<const Precompiled>(Charsmap(table));
}

void register_normalizer_precompiled(NormalizerTable& table) { table.add<Precompiled>("Precompiled"); }

}  // namespace anemone
