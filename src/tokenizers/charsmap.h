// SPDX-License-Identifier: Apache-2.0
// SentencePiece's compiled table of character replacements: a double-array trie (as darts-clone lays it out) from byte
// strings to places in a list of replacements. Look-ups stay inside the table whatever it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anemone {

class Charsmap {
 public:
  // An empty blob is a table without entries. Throws Error when sizes do not fit.
  explicit Charsmap(std::string_view blob);

  struct Match {
    size_t length;                 // of the key
    std::string_view replacement;  // may be empty
  };
  // The shortest and the longest key that `text` begins with.
  std::optional<Match> shortest(std::string_view text) const { return find(text, true); }
  std::optional<Match> longest(std::string_view text) const { return find(text, false); }

 private:
  std::optional<Match> find(std::string_view text, bool first) const;

  std::vector<uint32_t> units_;
  std::string replacements_;  // each ends with a zero
};

}  // namespace anemone
