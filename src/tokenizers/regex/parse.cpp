// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/error.h"
#include "tokenizers/regex/syntax.h"
#include "tokenizers/unicode.h"

namespace anemone::regex {
namespace {

constexpr int kDeepest = 60;
constexpr uint32_t kMostRepeats = 1000;
constexpr char32_t kLastCode = 0x10FFFF;

struct Flags {
  bool ignore_case = false;
  bool dot_all = false;
  bool extended = false;  // white space and # comments mean nothing
};

CharSet set_of(char32_t first, char32_t last) {
  CharSet set;
  set.add(first, last);
  return set;
}

Node set_node(CharSet set) {
  Node node;
  node.kind = Node::Kind::kSet;
  node.set = std::move(set);
  return node;
}

Node assert_node(Op op, bool negated = false) {
  Node node;
  node.kind = Node::Kind::kAssert;
  node.op = op;
  node.negated = negated;
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : text_(pattern) {}

  Node parse() {
    Node node = choice();
    if (!at_end()) refuse("an unexpected )");
    return node;
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const { fail("regular expression: {} at byte {}", what, position_); }

  bool at_end() const { return position_ >= text_.size(); }
  bool looking_at(std::string_view token) const { return text_.substr(position_, token.size()) == token; }
  bool accept(std::string_view token) {
    if (!looking_at(token)) return false;
    position_ += token.size();
    return true;
  }
  char32_t next() {
    if (at_end()) refuse("an unexpected end");
    return next_code_point(text_, position_);
  }

  Node choice() {
    if (++depth_ > kDeepest) refuse("too much nesting");
    const Flags outer = flags_;
    Node node;
    node.kind = Node::Kind::kChoice;
    node.children.push_back(sequence());
    while (accept("|")) node.children.push_back(sequence());
    flags_ = outer;
    --depth_;
    return node.children.size() == 1 ? Node(std::move(node.children[0])) : node;
  }

  Node sequence() {
    Node node;
    while (!at_end() && !looking_at("|") && !looking_at(")")) {
      if (flags_.extended && skip_extended()) continue;
      if (auto item = atom()) node.children.push_back(repeated(std::move(*item)));
    }
    return node.children.size() == 1 ? Node(std::move(node.children[0])) : node;
  }

  bool skip_extended() {
    const char c = text_[position_];
    if (c == '#') {
      while (!at_end() && text_[position_] != '\n') ++position_;
    } else if (c != ' ' && (c < '\t' || c > '\r')) {
      return false;
    } else {
      ++position_;
    }
    return true;
  }

  // Nothing for what only changes flags, and for comments.
  std::optional<Node> atom() {
    if (accept("(")) return group();
    if (accept("[")) return set_node(bracket());
    if (accept("^")) return assert_node(Op::kLineStart);
    if (accept("$")) return assert_node(Op::kLineEnd);
    if (accept(".")) return dot();
    if (accept("\\")) return escape();
    for (const std::string_view token : {"*", "+", "?"})
      if (looking_at(token)) refuse("nothing to repeat");
    return literal(next());
  }

  Node literal(char32_t code) const {
    CharSet set = set_of(code, code);
    if (flags_.ignore_case) set.ignore_case();
    return set_node(std::move(set));
  }

  Node dot() const {
    CharSet set;
    if (flags_.dot_all) {
      set.add(0, kLastCode);
    } else {
      set.add('\n', '\n');
      set.negate();
    }
    return set_node(std::move(set));
  }

  std::optional<Node> group() {
    if (!accept("?")) return closed(choice());
    if (accept("#")) {
      while (!accept(")")) next();
      return std::nullopt;
    }
    if (accept(":")) return closed(choice());
    if (accept("=")) return look(Op::kLookAhead, false);
    if (accept("!")) return look(Op::kLookAhead, true);
    if (accept("<=")) return look(Op::kLookBehind, false);
    if (accept("<!")) return look(Op::kLookBehind, true);
    if (accept(">")) {
      Node node;
      node.kind = Node::Kind::kAtomic;
      node.children.push_back(closed(choice()));
      return node;
    }
    if (accept("<")) {  // a named group; the name is not needed
      while (!accept(">")) next();
      return closed(choice());
    }
    return flag_group();
  }

  Node closed(Node node) {
    if (!accept(")")) refuse("a ( without its )");
    return node;
  }

  Node look(Op op, bool negated) {
    Node node;
    node.kind = Node::Kind::kLook;
    node.op = op;
    node.negated = negated;
    node.children.push_back(closed(choice()));
    return node;
  }

  // (?i) changes what follows, (?i:...) what it holds.
  std::optional<Node> flag_group() {
    const Flags outer = flags_;
    bool on = true;
    while (!looking_at(")") && !looking_at(":")) {
      const char32_t flag = next();
      if (flag == '-')
        on = false;
      else if (flag == 'i')
        flags_.ignore_case = on;
      else if (flag == 'm')
        flags_.dot_all = on;
      else if (flag == 'x')
        flags_.extended = on;
      else
        refuse("an unknown group");
    }
    if (!accept(":")) {
      accept(")");
      // The rest of the alternatives around belongs to it.
      return choice();
    }
    Node node = closed(choice());
    flags_ = outer;
    return node;
  }

  Node repeated(Node item) {
    for (;;) {
      if (flags_.extended && !at_end() && skip_extended()) continue;
      uint32_t min = 0;
      uint32_t max = kNoLimit;
      bool interval = false;
      if (accept("+"))
        min = 1;
      else if (accept("?"))
        max = 1;
      else if (!accept("*")) {
        if (!looking_at("{") || !parse_interval(min, max)) return item;
        interval = true;
      }
      Node node;
      node.kind = Node::Kind::kRepeat;
      node.min = min;
      node.max = max;
      if (accept("?"))
        node.mode = Mode::kLazy;
      else if (!interval && accept("+"))
        node.mode = Mode::kPossessive;
      node.children.push_back(std::move(item));
      item = std::move(node);
      if (++repeats_ > kMostRepeats) refuse("too many repeats");
    }
  }

  // {n}, {n,}, {,m} or {n,m}; anything else is plain text.
  bool parse_interval(uint32_t& min, uint32_t& max) {
    const size_t start = position_;
    accept("{");
    const auto low = number();
    const bool comma = accept(",");
    const auto high = comma ? number() : low;
    if ((!low && !high) || !accept("}")) {
      position_ = start;
      return false;
    }
    min = low.value_or(0);
    max = high.value_or(kNoLimit);
    if (max < min) refuse("an interval that ends before it begins");
    return true;
  }

  std::optional<uint32_t> number() {
    uint32_t value = 0;
    const size_t start = position_;
    while (!at_end() && text_[position_] >= '0' && text_[position_] <= '9') {
      value = value * 10 + static_cast<uint32_t>(text_[position_++] - '0');
      if (value > kMostRepeats) refuse("too many repeats");
    }
    if (position_ == start) return std::nullopt;
    return value;
  }

  std::optional<Node> escape() {
    switch (const char32_t code = next()) {
      case 'A':
        return assert_node(Op::kTextStart);
      case 'z':
        return assert_node(Op::kTextEnd);
      case 'Z':
        return assert_node(Op::kLastLineEnd);
      case 'b':
        return assert_node(Op::kBoundary);
      case 'B':
        return assert_node(Op::kBoundary, true);
      case 'R':
        return line_break();
      default:
        if (auto set = escaped_class(code)) return set_node(std::move(*set));
        if ((code >= '1' && code <= '9') || code == 'k' || code == 'g' || code == 'G' || code == 'K' || code == 'X')
          refuse("an escape that is not supported");
        return literal(escaped_code(code));
    }
  }

  // CR LF, or one of the line breaks.
  Node line_break() {
    Node pair;
    pair.children = {set_node(set_of('\r', '\r')), set_node(set_of('\n', '\n'))};
    CharSet single = set_of('\n', '\r');
    single.add(0x85, 0x85);
    single.add(0x2028, 0x2029);
    Node node;
    node.kind = Node::Kind::kChoice;
    node.children = {std::move(pair), set_node(std::move(single))};
    Node atomic;
    atomic.kind = Node::Kind::kAtomic;
    atomic.children = {std::move(node)};
    return atomic;
  }

  std::optional<CharSet> escaped_class(char32_t code) {
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

  CharSet property(bool negated) {
    if (!accept("{")) refuse("a property without its {");
    if (accept("^")) negated = !negated;
    const size_t start = position_;
    const size_t end = text_.find('}', start);
    if (end == std::string_view::npos) refuse("a property without its }");
    CharSet set = named_set(text_.substr(start, end - start));
    position_ = end + 1;
    if (negated) set.negate();
    return set;
  }

  char32_t escaped_code(char32_t code) {
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
        return accept("{") ? braced_code() : digits(16, 2);
      case 'u':
        return digits(16, 4);
      default:
        return code;
    }
  }

  char32_t braced_code() {
    const char32_t code = digits(16, 8);
    if (!accept("}")) refuse("a code without its }");
    return code;
  }

  char32_t digits(uint32_t base, int most) {
    char32_t value = 0;
    for (int i = 0; i < most && !at_end(); ++i, ++position_) {
      const auto c = static_cast<unsigned char>(text_[position_]);
      const uint32_t digit = c >= '0' && c <= '9'                     ? c - '0'
                             : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                      : 99;
      if (digit >= base) break;
      value = value * base + digit;
      if (value > kLastCode) refuse("a code above U+10FFFF");
    }
    return value;
  }

  // What follows a [ up to its ].
  CharSet bracket() {
    if (++depth_ > kDeepest) refuse("too much nesting");
    const bool negated = accept("^");
    CharSet set;
    bool first = true;
    while (!(looking_at("]") && !first)) {
      if (accept("&&")) {
        // Everything up to here, cut with the rest.
        CharSet rest = intersection_operand();
        set.intersect(std::move(rest));
        break;
      }
      add_item(set);
      first = false;
    }
    if (!accept("]")) refuse("a [ without its ]");
    if (flags_.ignore_case) set.ignore_case();
    if (negated) {
      CharSet all;
      all.add(std::move(set));
      all.negate();
      set = std::move(all);
    }
    --depth_;
    return set;
  }

  CharSet intersection_operand() {
    CharSet set;
    while (!looking_at("]")) {
      if (accept("&&")) {
        set.intersect(intersection_operand());
        break;
      }
      add_item(set);
    }
    return set;
  }

  void add_item(CharSet& set) {
    if (looking_at("[:")) {
      const size_t end = text_.find(":]", position_ + 2);
      if (end != std::string_view::npos) return add_posix(set, end);
    }
    if (accept("[")) return set.add(bracket());
    const auto low = set_member(set);
    if (!low) return;
    if (!looking_at("-") || text_.substr(position_, 2) == "-]") return set.add(*low, *low);
    accept("-");
    CharSet other;
    const auto high = set_member(other);
    if (!high || *high < *low) refuse("a range that is none");
    set.add(*low, *high);
  }

  void add_posix(CharSet& set, size_t end) {
    position_ += 2;
    const bool negated = accept("^");
    CharSet named = named_set(text_.substr(position_, end - position_));
    if (negated) named.negate();
    position_ = end + 2;
    set.add(std::move(named));
  }

  // A character, or nothing when a class was put into `set`.
  std::optional<char32_t> set_member(CharSet& set) {
    if (!accept("\\")) return next();
    const char32_t code = next();
    if (code == 'b') return 8;
    if (auto named = escaped_class(code)) {
      set.add(std::move(*named));
      return std::nullopt;
    }
    return escaped_code(code);
  }

  std::string_view text_;
  size_t position_ = 0;
  int depth_ = 0;
  uint32_t repeats_ = 0;
  Flags flags_;
};

}  // namespace

Node parse(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace anemone::regex
