// SPDX-License-Identifier: Apache-2.0
// The tokens of a template with a place in them: what both parsers work on.
#pragma once

#include <algorithm>

#include "base/error.h"
#include "tokenizers/jinja/lexer.h"
#include "tokenizers/jinja/syntax.h"

namespace anemone::jinja {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(place_ + ahead, tokens_.size() - 1)]; }
  const Token& next() {
    const Token& token = peek();
    if (place_ + 1 < tokens_.size()) ++place_;
    return token;
  }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_operator(std::string_view text) const { return at(TokenKind::kOperator) && peek().text == text; }
  bool at_word(std::string_view text) const { return at(TokenKind::kName) && peek().text == text; }
  bool accept_operator(std::string_view text) { return at_operator(text) && (next(), true); }
  bool accept_word(std::string_view text) { return at_word(text) && (next(), true); }
  void expect_operator(std::string_view text) {
    if (!accept_operator(text)) refuse(text);
  }
  void expect(TokenKind kind, std::string_view what) {
    if (!at(kind)) refuse(what);
    next();
  }
  std::string expect_name() {
    if (!at(TokenKind::kName)) refuse("a name");
    return next().text;
  }
  [[noreturn]] void refuse(std::string_view expected) const {
    const std::string found = at(TokenKind::kEnd) ? "the end" : "\"" + peek().text.substr(0, 40) + "\"";
    fail("line {}: found {}: expected {}", peek().line, found, expected);
  }

 private:
  std::vector<Token> tokens_;
  size_t place_ = 0;
};

// An expression; with `tuples`, one or more separated by commas, which then are a list.
ExpressionPtr parse_expression(TokenStream& tokens, bool tuples = false, bool conditions = true);
// | name(...) | name(...), over what a block puts out or over what `first` gives.
ExpressionPtr parse_filter_chain(TokenStream& tokens, ExpressionPtr first = nullptr);
std::vector<Argument> parse_arguments(TokenStream& tokens);

}  // namespace anemone::jinja
