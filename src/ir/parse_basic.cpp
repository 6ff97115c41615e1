// SPDX-License-Identifier: Apache-2.0
// Names, numbers and texts that stand in many places.
#include "base/error.h"
#include "base/strings.h"
#include "ir/literal.h"
#include "ir/parser.h"

namespace anemone {

std::string parse_name(Lexer& lexer) {
  const Token token = lexer.next();
  if (token.kind == Token::Kind::kString) return token.text;
  if (token.kind != Token::Kind::kWord) Lexer::fail_at(token, "expected a name");
  return std::string(token.spelling);
}

std::string parse_text(Lexer& lexer) {
  const bool typed = lexer.accept("string");
  if (typed) lexer.expect("(");
  const Token token = lexer.next();
  if (token.kind != Token::Kind::kString) Lexer::fail_at(token, "expected a string");
  if (typed) lexer.expect(")");
  return token.text;
}

std::string parse_hex(Lexer& lexer) {
  lexer.expect("HEX");
  lexer.expect("(");
  const Token token = lexer.peek();
  const auto bytes = bytes_of_hex(parse_text(lexer));
  if (!bytes) Lexer::fail_at(token, "expected pairs of hexadecimal digits");
  lexer.expect(")");
  return *bytes;
}

bool parse_flag(Lexer& lexer) {
  if (lexer.accept("true")) return true;
  lexer.expect("false");
  return false;
}

std::string parse_signed(Lexer& lexer) {
  std::string text = lexer.accept("-") ? "-" : "";
  const Token token = lexer.next();
  const bool word = token.is("inf") || token.is("nan") || token.is("true") || token.is("false");
  if (token.kind != Token::Kind::kNumber && !word) Lexer::fail_at(token, "expected a number");
  return text.append(token.spelling);
}

int64_t parse_integer(Lexer& lexer) {
  const Token token = lexer.peek();
  const auto value = parse_int(parse_signed(lexer));
  if (!value) Lexer::fail_at(token, "expected a whole number of 64 bits");
  return *value;
}

double parse_number(Lexer& lexer) {
  const Token token = lexer.peek();
  const auto value = parse_double(parse_signed(lexer));
  if (!value) Lexer::fail_at(token, "expected a number");
  return *value;
}

std::map<std::string, std::string> parse_texts(Lexer& lexer) {
  const Token token = lexer.peek();
  BlobFiles none("");
  const Constant value = parse_value(lexer, none);
  std::map<std::string, std::string> entries;
  if (value.type().kind != Type::Kind::kDictionary) Lexer::fail_at(token, "expected a dictionary of strings");
  for (const Constant& member : value.members())
    if (!(member.type() == Type::scalar(DType::kString))) Lexer::fail_at(token, "expected a dictionary of strings");
  for (size_t i = 0; i + 1 < value.members().size(); i += 2)
    if (!entries.emplace(value.members()[i].strings()[0], value.members()[i + 1].strings()[0]).second)
      Lexer::fail_at(token, "a key occurs twice in the dictionary");
  return entries;
}

}  // namespace anemone
