// SPDX-License-Identifier: Apache-2.0
// A set of characters as a regular expression writes it: ranges, Unicode properties, other sets, intersection and
// complement. Membership is one table look-up below U+0100 and a walk through the members above.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace anemone {

class CharSet {
 public:
  using Property = bool (*)(char32_t);

  void add(char32_t first, char32_t last) { ranges_.push_back({first, last}); }
  void add_categories(uint64_t mask) { categories_ |= mask; }  // bit n: general category n of utf8proc
  void add(Property property) { properties_.push_back(property); }
  void add(CharSet set) { sets_.push_back(std::move(set)); }
  void intersect(CharSet set) { limits_.push_back(std::move(set)); }
  void negate() { negated_ = !negated_; }
  void ignore_case() { ignores_case_ = true; }

  // Fills the table; to be called after the last change.
  void prepare();
  bool contains(char32_t code) const { return code < 256 ? table_[code] : has(code); }
  bool contains_ascii(unsigned char byte) const { return table_[byte]; }

 private:
  struct Range {
    char32_t first, last;
  };

  bool has(char32_t code) const;
  bool has_exactly(char32_t code) const;

  std::array<bool, 256> table_{};
  std::vector<Range> ranges_;
  uint64_t categories_ = 0;
  std::vector<Property> properties_;
  std::vector<CharSet> sets_;
  std::vector<CharSet> limits_;
  bool negated_ = false;
  bool ignores_case_ = false;
};

}  // namespace anemone
