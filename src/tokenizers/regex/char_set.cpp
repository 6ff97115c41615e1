// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/regex/char_set.h"

#include <algorithm>

#include "tokenizers/unicode.h"

namespace anemone {

void CharSet::prepare() {
  for (CharSet& set : sets_) set.prepare();
  for (CharSet& set : limits_) set.prepare();
  for (char32_t code = 0; code < table_.size(); ++code) table_[code] = has(code);
}

bool CharSet::has_exactly(char32_t code) const {
  if ((categories_ >> general_category(code) & 1) != 0) return true;
  for (const Range& range : ranges_)
    if (code >= range.first && code <= range.last) return true;
  for (const Property property : properties_)
    if (property(code)) return true;
  return std::any_of(sets_.begin(), sets_.end(), [&](const CharSet& set) { return set.has(code); });
}

bool CharSet::has(char32_t code) const {
  bool found = has_exactly(code);
  if (!found && ignores_case_)
    for (const char32_t other : case_variants(code)) found = found || has_exactly(other);
  for (const CharSet& set : limits_) found = found && set.has(code);
  return found != negated_;
}

}  // namespace anemone
