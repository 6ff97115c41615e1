// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/jinja/token_stream.h"

namespace anemone::jinja {
namespace {

constexpr int kDeepest = 100;

using Kind = Statement::Kind;
using Words = std::initializer_list<const char*>;

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize(source)) {}

  Block parse() { return block({}); }

 private:
  // Statements up to a block that begins with one of the words, of which the tag and the word are taken.
  Block block(Words ends, std::string* end = nullptr) {
    if (++depth_ > kDeepest) tokens_.refuse("less nesting");
    Block statements;
    for (;;) {
      if (tokens_.at(TokenKind::kEnd)) {
        if (end != nullptr) tokens_.refuse(*ends.begin());
        break;
      }
      if (tokens_.at(TokenKind::kText)) {
        Statement text = begin(Kind::kText);
        text.name = tokens_.next().text;
        if (!text.name.empty()) statements.push_back(std::move(text));
      } else if (tokens_.at(TokenKind::kPrintBegin)) {
        statements.push_back(print());
      } else {
        tokens_.expect(TokenKind::kBlockBegin, "a block");
        if (end != nullptr && ends_here(ends, *end)) break;
        statement(statements);
      }
    }
    --depth_;
    return statements;
  }

  bool ends_here(Words ends, std::string& end) {
    for (const char* word : ends) {
      if (!tokens_.accept_word(word)) continue;
      end = word;
      return true;
    }
    return false;
  }

  // A body up to its only end.
  Block body(const char* end_word) {
    std::string end;
    Block statements = block({end_word}, &end);
    if (!tokens_.at(TokenKind::kBlockEnd)) tokens_.next();  // a name may be repeated
    close();
    return statements;
  }

  Statement begin(Kind kind) const {
    Statement statement;
    statement.kind = kind;
    statement.line = tokens_.peek().line;
    return statement;
  }
  void close() { tokens_.expect(TokenKind::kBlockEnd, "%}"); }

  Statement print() {
    Statement statement = begin(Kind::kPrint);
    tokens_.next();
    statement.value = parse_expression(tokens_, true);
    tokens_.expect(TokenKind::kPrintEnd, "}}");
    return statement;
  }

  void statement(Block& statements) {
    if (tokens_.accept_word("if")) return statements.push_back(condition());
    if (tokens_.accept_word("for")) return statements.push_back(loop());
    if (tokens_.accept_word("set")) return statements.push_back(set());
    if (tokens_.accept_word("macro")) return statements.push_back(macro());
    if (tokens_.accept_word("call")) return statements.push_back(call());
    if (tokens_.accept_word("filter")) return statements.push_back(filter());
    if (tokens_.accept_word("with")) return statements.push_back(with());
    if (tokens_.accept_word("generation")) {
      Statement inner = begin(Kind::kBody);
      close();
      inner.body = body("endgeneration");
      return statements.push_back(std::move(inner));
    }
    if (tokens_.at_word("break") || tokens_.at_word("continue")) {
      Statement jump = begin(tokens_.next().text == "break" ? Kind::kBreak : Kind::kContinue);
      close();
      return statements.push_back(std::move(jump));
    }
    tokens_.refuse("a statement that templates have");
  }

  Statement condition() {
    Statement statement = begin(Kind::kIf);
    statement.value = parse_expression(tokens_, true);
    close();
    std::string end;
    statement.body = block({"endif", "else", "elif"}, &end);
    if (end == "elif") {
      if (++depth_ > kDeepest) tokens_.refuse("fewer conditions");
      statement.otherwise.push_back(condition());
      --depth_;
      return statement;
    }
    close();
    if (end == "else") {
      statement.otherwise = block({"endif"}, &end);
      close();
    }
    return statement;
  }

  Statement loop() {
    Statement statement = begin(Kind::kFor);
    statement.targets = targets();
    if (!tokens_.accept_word("in")) tokens_.refuse("in");
    statement.value = parse_expression(tokens_, true, false);
    if (tokens_.accept_word("if")) statement.condition = parse_expression(tokens_);
    statement.recursive = tokens_.accept_word("recursive");
    close();
    std::string end;
    statement.body = block({"endfor", "else"}, &end);
    close();
    if (end == "else") {
      statement.otherwise = block({"endfor"}, &end);
      close();
    }
    return statement;
  }

  std::vector<std::string> targets() {
    const bool parenthesis = tokens_.accept_operator("(");
    std::vector<std::string> names = {tokens_.expect_name()};
    while (tokens_.accept_operator(",")) names.push_back(tokens_.expect_name());
    if (parenthesis) tokens_.expect_operator(")");
    return names;
  }

  Statement set() {
    Statement statement = begin(Kind::kSet);
    statement.targets = targets();
    if (tokens_.accept_operator(".")) {
      statement.kind = Kind::kSetMember;
      statement.name = tokens_.expect_name();
    }
    if (tokens_.accept_operator("=")) {
      statement.value = parse_expression(tokens_, true);
      close();
      return statement;
    }
    if (tokens_.at_operator("|")) statement.condition = parse_filter_chain(tokens_);
    close();
    statement.body = body("endset");
    return statement;
  }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> list;
    tokens_.expect_operator("(");
    while (!tokens_.accept_operator(")")) {
      if (!list.empty()) {
        tokens_.expect_operator(",");
        if (tokens_.accept_operator(")")) break;
      }
      Parameter parameter;
      parameter.name = tokens_.expect_name();
      if (tokens_.accept_operator("=")) parameter.fallback = parse_expression(tokens_);
      list.push_back(std::move(parameter));
    }
    return list;
  }

  Statement macro() {
    Statement statement = begin(Kind::kMacro);
    statement.name = tokens_.expect_name();
    statement.parameters = parameters();
    close();
    statement.body = body("endmacro");
    return statement;
  }

  Statement call() {
    Statement statement = begin(Kind::kCall);
    if (tokens_.at_operator("(")) statement.parameters = parameters();
    statement.value = parse_expression(tokens_);
    if (statement.value->kind != Expression::Kind::kCall) tokens_.refuse("a call");
    close();
    statement.body = body("endcall");
    return statement;
  }

  Statement filter() {
    Statement statement = begin(Kind::kFilter);
    // Written without the bar in front of the first.
    auto first = std::make_unique<Expression>();
    first->kind = Expression::Kind::kFilter;
    first->name = tokens_.expect_name();
    if (tokens_.at_operator("(")) first->arguments = parse_arguments(tokens_);
    statement.value = parse_filter_chain(tokens_, std::move(first));
    close();
    statement.body = body("endfilter");
    return statement;
  }

  Statement with() {
    Statement statement = begin(Kind::kWith);
    while (!tokens_.at(TokenKind::kBlockEnd)) {
      if (!statement.parameters.empty()) tokens_.expect_operator(",");
      Parameter parameter;
      parameter.name = tokens_.expect_name();
      tokens_.expect_operator("=");
      parameter.fallback = parse_expression(tokens_);
      statement.parameters.push_back(std::move(parameter));
    }
    close();
    statement.body = body("endwith");
    return statement;
  }

  TokenStream tokens_;
  int depth_ = 0;
};

}  // namespace

Block parse(std::string_view source) { return Parser(source).parse(); }

}  // namespace anemone::jinja
