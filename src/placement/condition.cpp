// SPDX-License-Identifier: Apache-2.0
#include "placement/condition.h"

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr int kDeepest = 64;

// One method for each level of precedence, loosest first. Truth is 1 or 0.
class Parser {
 public:
  Parser(std::string_view text, const NameLookup& lookup, const std::vector<std::string>& names)
      : text_(text), lookup_(lookup), names_(names) {}

  bool run() {
    const double value = either();
    if (!peek().empty()) fail("column {}: {} is not expected here", column(), std::string(peek()));
    return value != 0;
  }

 private:
  double either() {
    double value = both();
    while (take("or") || take("||")) value = (both() != 0) || value != 0 ? 1 : 0;
    return value;
  }

  double both() {
    double value = negation();
    while (take("and") || take("&&")) value = (negation() != 0) && value != 0 ? 1 : 0;
    return value;
  }

  double negation() {
    const Depth depth(*this);
    if (take("not") || take("!")) return negation() == 0 ? 1 : 0;
    return comparison();
  }

  double comparison() {
    const double left = sum();
    if (take("<=")) return left <= sum() ? 1 : 0;
    if (take(">=")) return left >= sum() ? 1 : 0;
    if (take("==")) return left == sum() ? 1 : 0;
    if (take("!=")) return left != sum() ? 1 : 0;
    if (take("<")) return left < sum() ? 1 : 0;
    if (take(">")) return left > sum() ? 1 : 0;
    return left;
  }

  double sum() {
    double value = product();
    while (true) {
      if (take("+"))
        value += product();
      else if (take("-"))
        value -= product();
      else
        return value;
    }
  }

  double product() {
    double value = factor();
    while (true) {
      if (take("*"))
        value *= factor();
      else if (take("/"))
        value /= factor();
      else
        return value;
    }
  }

  double factor() {
    const Depth depth(*this);
    if (take("-")) return -factor();
    if (take("(")) {
      const double value = either();
      if (!take(")")) fail("column {}: a closing parenthesis is missing", column());
      return value;
    }
    const std::string_view word = peek();
    if (word.empty()) fail("column {}: a number or a name is missing", column());
    if (const auto number = parse_double(word)) {
      at_ = next_;
      return *number;
    }
    const auto value = lookup_(word);
    if (!value) fail("column {}: {} is not a name: expected {}", column(), std::string(word), any_of(names_));
    at_ = next_;
    return *value;
  }

  // The next word or sign; empty at the end. Sets next_ behind it.
  std::string_view peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    next_ = at_;
    const auto is_word = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    };
    while (next_ < text_.size() && is_word(text_[next_])) ++next_;
    if (next_ > at_) return text_.substr(at_, next_ - at_);
    if (at_ == text_.size()) return {};
    for (const std::string_view sign : {"<=", ">=", "==", "!=", "&&", "||"})
      if (text_.substr(at_, 2) == sign) {
        next_ = at_ + 2;
        return sign;
      }
    next_ = at_ + 1;
    return text_.substr(at_, 1);
  }

  bool take(std::string_view word) {
    if (peek() != word) return false;
    at_ = next_;
    return true;
  }

  size_t column() const { return at_ + 1; }

  struct Depth {
    explicit Depth(Parser& parser) : owner(parser) {
      if (++owner.depth_ > kDeepest) fail("column {}: nested deeper than {}", owner.column(), kDeepest);
    }
    ~Depth() { --owner.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Parser& owner;
  };

  std::string_view text_;
  const NameLookup& lookup_;
  const std::vector<std::string>& names_;
  size_t at_ = 0;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

bool holds(std::string_view condition, const NameLookup& lookup, const std::vector<std::string>& names) {
  return Parser(condition, lookup, names).run();
}

}  // namespace anemone
