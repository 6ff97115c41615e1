// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/charsmap.h"

#include "base/error.h"

namespace anemone {
namespace {

uint32_t read_u32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The fields of a unit.
bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t label(uint32_t unit) { return unit & (0x80000000U | 0xFFU); }
uint32_t offset(uint32_t unit) { return unit >> 10 << ((unit & 0x200U) >> 6); }
uint32_t value(uint32_t unit) { return unit & 0x7FFFFFFFU; }

}  // namespace

Charsmap::Charsmap(std::string_view blob) {
  if (blob.empty()) return;
  if (blob.size() < 4) fail("the table of character replacements is too short");
  const size_t size = read_u32(blob, 0);
  if (size % 4 != 0 || size > blob.size() - 4) fail("the table of character replacements does not fit its size");
  units_.reserve(size / 4);
  for (size_t i = 4; i < 4 + size; i += 4) units_.push_back(read_u32(blob, i));
  replacements_ = blob.substr(4 + size);
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text, bool first) const {
  if (units_.empty()) return std::nullopt;
  std::optional<Match> found;
  size_t node = offset(units_[0]);
  for (size_t i = 0; i < text.size() && text[i] != 0; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (node >= units_.size() || label(units_[node]) != byte) break;
    const uint32_t unit = units_[node];
    node ^= offset(unit);
    if (!has_leaf(unit)) continue;
    if (node >= units_.size()) break;
    const size_t begin = value(units_[node]);
    if (begin > replacements_.size()) break;
    const size_t end = replacements_.find('\0', begin);
    found = Match{i + 1, std::string_view(replacements_).substr(begin, end == std::string::npos ? end : end - begin)};
    if (first) break;
  }
  return found;
}

}  // namespace anemone
