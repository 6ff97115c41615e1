// SPDX-License-Identifier: Apache-2.0
// Pieces of the text form's reader: types, constants, functions, descriptions. Each takes what it knows from the lexer
// and throws Error with line and column. Grammar: docs/text_form.md.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/lexer.h"
#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

// Opens the files that constants may name: those inside one folder.
class BlobFiles {
 public:
  explicit BlobFiles(std::string base) : base_(std::move(base)) {}
  std::shared_ptr<const MappedFile> open(const std::string& path);

 private:
  std::string base_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

bool starts_type(const Token& token);
Type parse_type(Lexer& lexer);
Constant parse_value(Lexer& lexer, BlobFiles& files);

std::string parse_name(Lexer& lexer);  // a word or a string
std::string parse_text(Lexer& lexer);  // a string, bare or as string("...")
std::string parse_hex(Lexer& lexer);   // HEX("..."): the bytes
bool parse_flag(Lexer& lexer);
int64_t parse_integer(Lexer& lexer);  // with sign
double parse_number(Lexer& lexer);
std::string parse_signed(Lexer& lexer);  // the spelling of a number, inf, nan, true or false with its sign
std::map<std::string, std::string> parse_texts(Lexer& lexer);  // dict<string, string>({{"a", "b"}})

// "a, b, c" up to `close`, which is taken; item() reads one.
template <typename Item>
void parse_list(Lexer& lexer, std::string_view close, Item item) {
  while (!lexer.accept(close)) {
    item();
    if (lexer.accept(close)) return;
    lexer.expect(",");
  }
}

// One function, from "func" to its end.
class FunctionParser {
 public:
  FunctionParser(Lexer& lexer, const OpTable& table, BlobFiles& files) : lexer_(lexer), table_(table), files_(files) {}
  Function parse();

 private:
  using Scope = std::unordered_map<std::string, ValueId>;
  struct Name {
    std::string text;
    std::optional<uint64_t> number;  // of %12
    Token token;
  };

  int parse_opset();
  Name value_name();
  Output parse_parameter();
  Output define(const Name& name, Type type);
  ValueId resolve(const Name& name);
  std::vector<ValueId> parse_outputs();
  void parse_statements(Block& block);
  std::shared_ptr<Op> parse_statement();
  void parse_arguments(Op& op);
  void parse_attributes(Op& op, bool& named);
  void add_argument(Op& op, const Token& at, std::string name, std::vector<Operand> operands);
  Operand parse_operand();
  Block parse_block();
  void parse_interface();
  std::vector<Type> inferred(const Op& op);
  void define_results(Op& op, const std::vector<Name>& names, std::vector<std::optional<Type>> types);

  Lexer& lexer_;
  const OpTable& table_;
  BlobFiles& files_;
  Function function_;
  std::vector<Scope> scopes_;
  std::map<uint64_t, ValueId> numbered_;
  std::unordered_map<ValueId, Type> types_;          // of defined values
  std::unordered_map<ValueId, Constant> constants_;  // literals behind const ops
};

Feature parse_feature(Lexer& lexer);
// The bracketed list after "program(1.0)".
void parse_program_attributes(Lexer& lexer, Program& program);

}  // namespace anemone
