// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/regex/set_parser.h"

#include "tokenizers/regex/syntax.h"

namespace anemone::regex {
namespace {

constexpr int kDeepest = 60;
constexpr char32_t kLastCode = 0x10FFFF;

}  // namespace

CharSet set_of(char32_t first, char32_t last) {
  CharSet set;
  set.add(first, last);
  return set;
}

std::optional<CharSet> SetParser::escaped_class(char32_t code) {
  const auto one = [](std::string_view name, bool negated) {
    CharSet set = named_set(name);
    if (negated) set.negate();
    return set;
  };
  switch (code) {
    case 'd':
    case 'D':
      return one("digit", code == 'D');
    case 's':
    case 'S':
      return one("space", code == 'S');
    case 'w':
    case 'W':
      return one("word", code == 'W');
    case 'h':
    case 'H':
      return one("xdigit", code == 'H');
    case 'N':
    case 'O': {
      CharSet set = code == 'N' ? set_of('\n', '\n') : CharSet();
      set.negate();
      return set;
    }
    case 'p':
    case 'P':
      return property(code == 'P');
    default:
      return std::nullopt;
  }
}

CharSet SetParser::property(bool negated) {
  if (!cursor_.accept("{")) cursor_.refuse("a property without its {");
  if (cursor_.accept("^")) negated = !negated;
  const size_t start = cursor_.position;
  const size_t end = cursor_.text.find('}', start);
  if (end == std::string_view::npos) cursor_.refuse("a property without its }");
  CharSet set = named_set(cursor_.text.substr(start, end - start));
  cursor_.position = end + 1;
  if (negated) set.negate();
  return set;
}

char32_t SetParser::escaped_code(char32_t code) {
  switch (code) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    case 'e':
      return 0x1B;
    case '0':
      return digits(8, 2);
    case 'x':
      return cursor_.accept("{") ? braced_code() : digits(16, 2);
    case 'u':
      return digits(16, 4);
    default:
      return code;
  }
}

char32_t SetParser::braced_code() {
  const char32_t code = digits(16, 8);
  if (!cursor_.accept("}")) cursor_.refuse("a code without its }");
  return code;
}

char32_t SetParser::digits(uint32_t base, int most) {
  char32_t value = 0;
  for (int i = 0; i < most && !cursor_.at_end(); ++i, ++cursor_.position) {
    const auto c = static_cast<unsigned char>(cursor_.text[cursor_.position]);
    const uint32_t digit = c >= '0' && c <= '9'                     ? c - '0'
                           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                    : 99;
    if (digit >= base) break;
    value = value * base + digit;
    if (value > kLastCode) cursor_.refuse("a code above U+10FFFF");
  }
  return value;
}

// What follows a [ up to its ].
CharSet SetParser::bracket(bool ignore_case) {
  if (++depth_ > kDeepest) cursor_.refuse("too much nesting");
  const bool negated = cursor_.accept("^");
  CharSet set;
  bool first = true;
  while (!(cursor_.looking_at("]") && !first)) {
    if (cursor_.accept("&&")) {
      // Everything up to here, cut with the rest.
      CharSet rest = intersection_operand(ignore_case);
      set.intersect(std::move(rest));
      break;
    }
    add_item(set, ignore_case);
    first = false;
  }
  if (!cursor_.accept("]")) cursor_.refuse("a [ without its ]");
  if (ignore_case) set.ignore_case();
  if (negated) {
    CharSet all;
    all.add(std::move(set));
    all.negate();
    set = std::move(all);
  }
  --depth_;
  return set;
}

CharSet SetParser::intersection_operand(bool ignore_case) {
  CharSet set;
  while (!cursor_.looking_at("]")) {
    if (cursor_.accept("&&")) {
      set.intersect(intersection_operand(ignore_case));
      break;
    }
    add_item(set, ignore_case);
  }
  return set;
}

void SetParser::add_item(CharSet& set, bool ignore_case) {
  if (cursor_.looking_at("[:")) {
    const size_t end = cursor_.text.find(":]", cursor_.position + 2);
    if (end != std::string_view::npos) return add_posix(set, end);
  }
  if (cursor_.accept("[")) return set.add(bracket(ignore_case));
  const auto low = set_member(set);
  if (!low) return;
  if (!cursor_.looking_at("-") || cursor_.text.substr(cursor_.position, 2) == "-]") return set.add(*low, *low);
  cursor_.accept("-");
  CharSet other;
  const auto high = set_member(other);
  if (!high || *high < *low) cursor_.refuse("a range that is none");
  set.add(*low, *high);
}

void SetParser::add_posix(CharSet& set, size_t end) {
  cursor_.position += 2;
  const bool negated = cursor_.accept("^");
  CharSet named = named_set(cursor_.text.substr(cursor_.position, end - cursor_.position));
  if (negated) named.negate();
  cursor_.position = end + 2;
  set.add(std::move(named));
}

// A character, or nothing when a class was put into `set`.
std::optional<char32_t> SetParser::set_member(CharSet& set) {
  if (!cursor_.accept("\\")) return cursor_.next();
  const char32_t code = cursor_.next();
  if (code == 'b') return 8;
  if (auto named = escaped_class(code)) {
    set.add(std::move(*named));
    return std::nullopt;
  }
  return escaped_code(code);
}

}  // namespace anemone::regex
