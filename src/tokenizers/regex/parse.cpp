// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "tokenizers/regex/set_parser.h"
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
  explicit Parser(std::string_view pattern) : cursor_{pattern, 0} {}

  Node parse() {
    Node node = choice();
    if (!cursor_.at_end()) cursor_.refuse("an unexpected )");
    return node;
  }

 private:
  Node choice() {
    if (++depth_ > kDeepest) cursor_.refuse("too much nesting");
    const Flags outer = flags_;
    Node node;
    node.kind = Node::Kind::kChoice;
    node.children.push_back(sequence());
    while (cursor_.accept("|")) node.children.push_back(sequence());
    flags_ = outer;
    --depth_;
    return node.children.size() == 1 ? Node(std::move(node.children[0])) : node;
  }

  Node sequence() {
    Node node;
    while (!cursor_.at_end() && !cursor_.looking_at("|") && !cursor_.looking_at(")")) {
      if (flags_.extended && skip_extended()) continue;
      if (auto item = atom()) node.children.push_back(repeated(std::move(*item)));
    }
    return node.children.size() == 1 ? Node(std::move(node.children[0])) : node;
  }

  bool skip_extended() {
    const char c = cursor_.text[cursor_.position];
    if (c == '#') {
      while (!cursor_.at_end() && cursor_.text[cursor_.position] != '\n') ++cursor_.position;
    } else if (c != ' ' && (c < '\t' || c > '\r')) {
      return false;
    } else {
      ++cursor_.position;
    }
    return true;
  }

  // Nothing for what only changes flags, and for comments.
  std::optional<Node> atom() {
    if (cursor_.accept("(")) return group();
    if (cursor_.accept("[")) return set_node(sets_.bracket(flags_.ignore_case));
    if (cursor_.accept("^")) return assert_node(Op::kLineStart);
    if (cursor_.accept("$")) return assert_node(Op::kLineEnd);
    if (cursor_.accept(".")) return dot();
    if (cursor_.accept("\\")) return escape();
    for (const std::string_view token : {"*", "+", "?"})
      if (cursor_.looking_at(token)) cursor_.refuse("nothing to repeat");
    return literal(cursor_.next());
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
    if (!cursor_.accept("?")) return closed(choice());
    if (cursor_.accept("#")) {
      while (!cursor_.accept(")")) cursor_.next();
      return std::nullopt;
    }
    if (cursor_.accept(":")) return closed(choice());
    if (cursor_.accept("=")) return look(Op::kLookAhead, false);
    if (cursor_.accept("!")) return look(Op::kLookAhead, true);
    if (cursor_.accept("<=")) return look(Op::kLookBehind, false);
    if (cursor_.accept("<!")) return look(Op::kLookBehind, true);
    if (cursor_.accept(">")) {
      Node node;
      node.kind = Node::Kind::kAtomic;
      node.children.push_back(closed(choice()));
      return node;
    }
    if (cursor_.accept("<")) {  // a named group; the name is not needed
      while (!cursor_.accept(">")) cursor_.next();
      return closed(choice());
    }
    return flag_group();
  }

  Node closed(Node node) {
    if (!cursor_.accept(")")) cursor_.refuse("a ( without its )");
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
    while (!cursor_.looking_at(")") && !cursor_.looking_at(":")) {
      const char32_t flag = cursor_.next();
      if (flag == '-')
        on = false;
      else if (flag == 'i')
        flags_.ignore_case = on;
      else if (flag == 'm')
        flags_.dot_all = on;
      else if (flag == 'x')
        flags_.extended = on;
      else
        cursor_.refuse("an unknown group");
    }
    if (!cursor_.accept(":")) {
      cursor_.accept(")");
      // The rest of the alternatives around belongs to it.
      return choice();
    }
    Node node = closed(choice());
    flags_ = outer;
    return node;
  }

  Node repeated(Node item) {
    for (;;) {
      if (flags_.extended && !cursor_.at_end() && skip_extended()) continue;
      uint32_t min = 0;
      uint32_t max = kNoLimit;
      bool interval = false;
      if (cursor_.accept("+"))
        min = 1;
      else if (cursor_.accept("?"))
        max = 1;
      else if (!cursor_.accept("*")) {
        if (!cursor_.looking_at("{") || !parse_interval(min, max)) return item;
        interval = true;
      }
      Node node;
      node.kind = Node::Kind::kRepeat;
      node.min = min;
      node.max = max;
      if (cursor_.accept("?"))
        node.mode = Mode::kLazy;
      else if (!interval && cursor_.accept("+"))
        node.mode = Mode::kPossessive;
      node.children.push_back(std::move(item));
      item = std::move(node);
      if (++repeats_ > kMostRepeats) cursor_.refuse("too many repeats");
    }
  }

  // {n}, {n,}, {,m} or {n,m}; anything else is plain text.
  bool parse_interval(uint32_t& min, uint32_t& max) {
    const size_t start = cursor_.position;
    cursor_.accept("{");
    const auto low = number();
    const bool comma = cursor_.accept(",");
    const auto high = comma ? number() : low;
    if ((!low && !high) || !cursor_.accept("}")) {
      cursor_.position = start;
      return false;
    }
    min = low.value_or(0);
    max = high.value_or(kNoLimit);
    if (max < min) cursor_.refuse("an interval that ends before it begins");
    return true;
  }

  std::optional<uint32_t> number() {
    uint32_t value = 0;
    const size_t start = cursor_.position;
    while (!cursor_.at_end() && cursor_.text[cursor_.position] >= '0' && cursor_.text[cursor_.position] <= '9') {
      value = value * 10 + static_cast<uint32_t>(cursor_.text[cursor_.position++] - '0');
      if (value > kMostRepeats) cursor_.refuse("too many repeats");
    }
    if (cursor_.position == start) return std::nullopt;
    return value;
  }

  std::optional<Node> escape() {
    switch (const char32_t code = cursor_.next()) {
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
        if (auto set = sets_.escaped_class(code)) return set_node(std::move(*set));
        if ((code >= '1' && code <= '9') || code == 'k' || code == 'g' || code == 'G' || code == 'K' || code == 'X')
          cursor_.refuse("an escape that is not supported");
        return literal(sets_.escaped_code(code));
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

  Cursor cursor_;
  SetParser sets_{cursor_};
  int depth_ = 0;
  uint32_t repeats_ = 0;
  Flags flags_;
};

}  // namespace

Node parse(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace anemone::regex
