// SPDX-License-Identifier: Apache-2.0
// Programs, functions and statements.
#include <algorithm>
#include <deque>

#include "base/error.h"
#include "base/strings.h"
#include "ir/parser.h"
#include "ir/text.h"

namespace anemone {
namespace {

constexpr size_t kMaxBlocks = 32;  // of blocks inside blocks
constexpr size_t kMaxArguments = 256;

}  // namespace

Program parse(std::string_view text, const OpTable& table, const std::string& base) {
  Lexer lexer(text);
  BlobFiles files(base);
  Program program;
  lexer.expect("program");
  lexer.expect("(");
  const Token version = lexer.next();
  if (version.spelling != "1.0" && version.spelling != "1.3") Lexer::fail_at(version, "expected program version 1.0");
  lexer.expect(")");
  parse_program_attributes(lexer, program);
  lexer.expect("{");
  while (!lexer.accept("}")) {
    const Token at = lexer.peek();
    auto function = std::make_shared<const Function>(FunctionParser(lexer, table, files).parse());
    if (!program.functions.emplace(function->name, function).second)
      Lexer::fail_at(at, fmt::format("function {} is defined twice", function->name));
  }
  if (lexer.peek().kind != Token::Kind::kEnd) lexer.fail_here("text after the program");
  return program;
}

Function FunctionParser::parse() {
  lexer_.expect("func");
  function_.name = parse_name(lexer_);
  function_.opset = parse_opset();
  scopes_.emplace_back();
  lexer_.expect("(");
  parse_list(lexer_, ")", [&] { function_.inputs.push_back(parse_parameter()); });
  lexer_.expect("{");
  parse_statements(function_.body);
  function_.body.outputs = parse_outputs();
  parse_interface();
  lexer_.expect(";");
  return std::move(function_);
}

// <ios16> or <CoreML6>.
int FunctionParser::parse_opset() {
  lexer_.expect("<");
  const Token word = lexer_.next();
  const std::string_view text = word.spelling;
  const bool ios = text.substr(0, 3) == "ios";
  const auto number = parse_int(text.substr(std::min<size_t>(text.size(), ios ? 3 : 6)));
  if ((!ios && text.substr(0, 6) != "CoreML") || !number || *number < (ios ? 11 : 0) || *number > 99)
    Lexer::fail_at(word, "expected an opset such as ios16");
  lexer_.expect(">");
  return static_cast<int>(ios ? *number - 10 : *number);
}

// x, "odd name", x%12 or %12.
FunctionParser::Name FunctionParser::value_name() {
  Name name;
  name.token = lexer_.peek();
  if (!name.token.is("%")) name.text = parse_name(lexer_);
  if (!lexer_.accept("%")) return name;
  const int64_t number = parse_integer(lexer_);
  if (number < 0) Lexer::fail_at(name.token, "expected a number after %");
  name.number = static_cast<uint64_t>(number);
  return name;
}

Output FunctionParser::parse_parameter() {
  Type type = parse_type(lexer_);
  const Name name = value_name();
  return define(name, std::move(type));
}

Output FunctionParser::define(const Name& name, Type type) {
  ValueId id = kNoValue;
  if (name.number) {
    const auto [entry, fresh] = numbered_.emplace(*name.number, function_.next_value);
    id = entry->second;
    if (fresh) ++function_.next_value;
  } else {
    const bool known = std::any_of(scopes_.begin(), scopes_.end(),
                                   [&](const Scope& scope) { return scope.find(name.text) != scope.end(); });
    if (known) Lexer::fail_at(name.token, "the name is defined already");
    id = function_.next_value++;
    scopes_.back().emplace(name.text, id);
  }
  if (!types_.emplace(id, type).second) Lexer::fail_at(name.token, "the value is defined already");
  return {id, name.text, std::move(type)};
}

ValueId FunctionParser::resolve(const Name& name) {
  if (name.number) {
    const auto [entry, fresh] = numbered_.emplace(*name.number, function_.next_value);
    if (fresh) ++function_.next_value;
    return entry->second;
  }
  for (size_t i = scopes_.size(); i-- > 0;)
    if (const auto found = scopes_[i].find(name.text); found != scopes_[i].end()) return found->second;
  Lexer::fail_at(name.token, "the value is not defined here");
}

std::vector<ValueId> FunctionParser::parse_outputs() {
  lexer_.expect("->");
  lexer_.expect("(");
  std::vector<ValueId> outputs;
  parse_list(lexer_, ")", [&] { outputs.push_back(resolve(value_name())); });
  return outputs;
}

void FunctionParser::parse_statements(Block& block) {
  while (!lexer_.accept("}")) block.ops.push_back(parse_statement());
}

// type name, ... = op(arguments)[attributes] blocks;
std::shared_ptr<Op> FunctionParser::parse_statement() {
  auto op = std::make_shared<Op>();
  std::vector<Name> names;
  std::vector<std::optional<Type>> types;
  do {
    types.push_back(starts_type(lexer_.peek()) ? std::optional<Type>(parse_type(lexer_)) : std::nullopt);
    names.push_back(value_name());
  } while (lexer_.accept(","));
  lexer_.expect("=");
  op->type = parse_name(lexer_);
  bool named = false;
  parse_arguments(*op);
  parse_attributes(*op, named);
  while (lexer_.peek().is("(")) op->blocks.push_back(parse_block());
  lexer_.expect(";");
  if (!named) op->name = names[0].text;
  std::stable_sort(op->arguments.begin(), op->arguments.end(),
                   [](const Argument& a, const Argument& b) { return a.name < b.name; });
  define_results(*op, names, std::move(types));
  return op;
}

void FunctionParser::add_argument(Op& op, const Token& at, std::string name, std::vector<Operand> operands) {
  if (op.arguments.size() == kMaxArguments) Lexer::fail_at(at, "too many arguments");
  if (op.argument(name)) Lexer::fail_at(at, "the argument occurs twice");
  op.arguments.push_back({std::move(name), std::move(operands)});
}

void FunctionParser::parse_arguments(Op& op) {
  lexer_.expect("(");
  parse_list(lexer_, ")", [&] {
    const Token at = lexer_.peek();
    std::string name = parse_name(lexer_);
    lexer_.expect("=");
    std::vector<Operand> operands;
    if (lexer_.accept("("))
      parse_list(lexer_, ")", [&] { operands.push_back(parse_operand()); });
    else
      operands.push_back(parse_operand());
    add_argument(op, at, std::move(name), std::move(operands));
  });
}

void FunctionParser::parse_attributes(Op& op, bool& named) {
  if (!lexer_.accept("[")) return;
  bool traced = false;
  parse_list(lexer_, "]", [&] {
    const Token at = lexer_.peek();
    std::string name = parse_name(lexer_);
    lexer_.expect("=");
    const bool is_name = name == "name";
    if (!is_name && name != "provenance") {
      std::vector<Operand> operands;
      operands.emplace_back(parse_value(lexer_, files_));
      return add_argument(op, at, std::move(name), std::move(operands));
    }
    bool& seen = is_name ? named : traced;
    if (seen) Lexer::fail_at(at, "the attribute occurs twice");
    seen = true;
    (is_name ? op.name : op.provenance) = parse_text(lexer_);
  });
}

Operand FunctionParser::parse_operand() {
  if (starts_type(lexer_.peek())) return parse_value(lexer_, files_);
  return resolve(value_name());
}

Block FunctionParser::parse_block() {
  if (scopes_.size() > kMaxBlocks) lexer_.fail_here(fmt::format("blocks nested deeper than {}", kMaxBlocks));
  Block block;
  scopes_.emplace_back();
  lexer_.expect("(");
  parse_list(lexer_, ")", [&] { block.inputs.push_back(parse_parameter()); });
  lexer_.expect("{");
  parse_statements(block);
  block.outputs = parse_outputs();
  scopes_.pop_back();
  return block;
}

// Result types that the text leaves out follow from the op.
void FunctionParser::define_results(Op& op, const std::vector<Name>& names, std::vector<std::optional<Type>> types) {
  const bool complete = std::all_of(types.begin(), types.end(), [](const auto& type) { return type.has_value(); });
  if (!complete) {
    std::vector<Type> found;
    try {
      found = inferred(op);
    } catch (const Error& error) {
      Lexer::fail_at(names[0].token, error.what());
    }
    if (found.size() != names.size())
      Lexer::fail_at(names[0].token, fmt::format("{} gives {} results", op.type, found.size()));
    for (size_t i = 0; i < found.size(); ++i)
      if (!types[i]) types[i] = std::move(found[i]);
  }
  for (size_t i = 0; i < names.size(); ++i) op.outputs.push_back(define(names[i], std::move(*types[i])));
  const Argument* value = op.type == "const" ? op.argument("val") : nullptr;
  if (value && value->operands.size() == 1 && !value->operands[0].is_value())
    constants_.emplace(op.id(), value->operands[0].literal());
}

std::vector<Type> FunctionParser::inferred(const Op& op) {
  if (op.type == "const") {
    const Argument* value = op.argument("val");
    if (!value || value->operands.size() != 1 || value->operands[0].is_value()) fail("a const op needs a value");
    return {value->operands[0].literal().type()};
  }
  const OpDefinition* definition = table_.find(op.type);
  if (!definition) fail("there is no op {}", op.type);
  const auto type_of = [&](const Operand& operand) -> const Type& {
    if (!operand.is_value()) return operand.literal().type();
    const auto found = types_.find(operand.value());
    if (found == types_.end()) fail("an operand is not defined yet");
    return found->second;
  };
  const auto literal = [&](const Operand& operand) -> const Constant* {
    if (!operand.is_value()) return &operand.literal();
    const auto found = constants_.find(operand.value());
    return found == constants_.end() ? nullptr : &found->second;
  };
  std::deque<Tensor> tensors;
  const auto known = [&](const Operand& operand) -> const Tensor* {
    const Constant* constant = literal(operand);
    const bool usable = constant && constant->type().is_tensor() && constant->type().dtype != DType::kString;
    return usable && constant->is_small() ? &tensors.emplace_back(constant->tensor()) : nullptr;
  };
  return definition->infer(bind(op, *definition, function_.opset, type_of, known, literal));
}

}  // namespace anemone
