// SPDX-License-Identifier: Apache-2.0
// One walk over a function in program order: names, scopes, signatures, types, states.
#include <algorithm>

#include "base/error.h"
#include "ir/lexer.h"
#include "ir/verify_internal.h"

namespace anemone {
namespace {

constexpr int kMaxBlocks = 32;  // of blocks inside blocks

std::string described(const Op& op) {
  const std::string& name = op.name.empty() && !op.outputs.empty() ? op.outputs[0].name : op.name;
  return fmt::format("op {} ({})", name, op.type);
}

bool has_blocks(const Op& op) { return op.type == "cond" || op.type == "while_loop"; }

}  // namespace

void FunctionVerifier::run() {
  for (const Output& input : function_.inputs)
    with_context("input " + input.name, [&] {
      define(input, false, nullptr);
      if (!input.type.is_tensor() && !input.type.is_state()) fail("is {}, not a tensor or a state", input.type.str());
      if (input.type.is_state()) states_.declare(input);
    });
  for_each_op(function_.body, [&](const Op& op) {
    if (!is_constexpr(op)) return;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) compressed_operands_.insert(operand.value());
  });
  if (!function_.body.inputs.empty()) fail("the outermost block has inputs");
  block(function_.body, 0);
  std::vector<const Output*> outputs;
  for (const ValueId id : function_.body.outputs) outputs.push_back(&output_of(id));
  check_interface(function_, outputs);
}

void FunctionVerifier::define(const Output& output, bool compile_time, const Constant* constant) {
  if (!is_identifier(output.name)) fail("the name {} is not an identifier", quote(output.name));
  if (!names_.insert(output.name).second) fail("the name {} is defined twice", output.name);
  if (output.id == kNoValue || output.id >= function_.next_value)
    fail("{} has value number {}, which is out of range", output.name, output.id);
  Value value;
  value.output = &output;
  value.constant = constant;
  value.compile_time = compile_time;
  if (!values_.emplace(output.id, std::move(value)).second)
    fail("{} has value number {}, which another value has", output.name, output.id);
  defined_.push_back(&output);
  check_type(output.type, function_.opset);
}

void FunctionVerifier::hide(size_t mark) {
  for (size_t i = mark; i < defined_.size(); ++i) {
    names_.erase(defined_[i]->name);
    values_.at(defined_[i]->id).visible = false;
  }
  defined_.resize(mark);
}

void FunctionVerifier::block(const Block& block, int depth) {
  if (depth > kMaxBlocks) fail("blocks are nested deeper than {}", kMaxBlocks);
  for (const OpPtr& each : block.ops) {
    try {
      op(*each, depth);
    } catch (const Error& error) {
      const std::string context = described(*each);
      const bool known_context = std::string_view(error.what()).substr(0, context.size()) == context;
      if (known_context) throw;  // evaluate() names the op too
      throw error.within(context);
    }
  }
  for (const ValueId output : block.outputs)
    if (const Output& value = output_of(output); value.type.is_state()) states_.use(value);
}

void FunctionVerifier::op(const Op& op, int depth) {
  literals_.clear();
  if (op.outputs.empty()) fail("has no outputs");
  arguments(op);
  if (op.type == "const") return const_op(op);
  const OpDefinition* definition = table_.find(op.type);
  if (!definition && !has_blocks(op)) fail("there is no op of this type");
  if (definition) results(op, *definition);
  if (!op.blocks.empty() || has_blocks(op)) nested(op, depth);
  for (const Output& output : op.outputs) define(output, is_constexpr(op), nullptr);
  if (op.type == "write_state") {
    const Argument* state = op.argument("input");
    if (!state || state->operands.size() != 1) fail("argument input is missing");
    states_.continue_as(state->operands[0].value(), op.id());
  }
  if (definition && is_constexpr(op) && options_.constants) decompress(op, *definition);
}

void FunctionVerifier::arguments(const Op& op) {
  for (size_t i = 0; i < op.arguments.size(); ++i) {
    const Argument& argument = op.arguments[i];
    if (i > 0 && !(op.arguments[i - 1].name < argument.name)) fail("its arguments are not sorted by name");
    for (const Operand& operand : argument.operands) {
      if (!operand.is_value()) {
        with_context(argument.name, [&] { check_constant(operand.literal(), function_.opset); });
        continue;
      }
      const auto found = values_.find(operand.value());
      if (found == values_.end()) fail("{} uses a value that nothing has defined yet", argument.name);
      const Output& value = *found->second.output;
      if (!found->second.visible) fail("{} uses {}, which belongs to another block", argument.name, value.name);
      if (value.type.is_state()) states_.use(value);
    }
  }
}

void FunctionVerifier::const_op(const Op& op) {
  if (op.arguments.size() != 1 || op.arguments[0].name != "val" || op.arguments[0].operands.size() != 1 ||
      op.arguments[0].operands[0].is_value() || op.outputs.size() != 1 || !op.blocks.empty())
    fail("a const op has one literal argument val and one output");
  const Constant& value = op.arguments[0].operands[0].literal();
  if (!(value.type() == op.outputs[0].type))
    fail("declared {}, but the value is {}", op.outputs[0].type.str(), value.type().str());
  define(op.outputs[0], true, &value);
}

void FunctionVerifier::results(const Op& op, const OpDefinition& definition) {
  const Arguments bound = bind(
      op, definition, function_.opset, [this](const Operand& o) -> const Type& { return type_of(o); },
      [this](const Operand& o) { return known(o); }, [this](const Operand& o) { return literal(o); });
  constness(op, *definition.signature(function_.opset));
  if (has_blocks(op)) return;  // their results follow from the blocks
  const std::vector<Type> types = definition.infer(bound);
  if (types.size() != op.outputs.size()) fail("declares {} outputs, but gives {}", op.outputs.size(), types.size());
  for (size_t i = 0; i < types.size(); ++i)
    if (!compatible(op.outputs[i].type, types[i]))
      fail("output {} is declared {}, but the op gives {}", op.outputs[i].name, op.outputs[i].type.str(),
           types[i].str());
}

void FunctionVerifier::constness(const Op& op, const Signature& signature) const {
  const bool compressed = is_constexpr(op);
  for (const Argument& argument : op.arguments) {
    const Parameter* parameter = signature.find(argument.name);
    if (!compressed && !parameter->is_const) continue;
    for (const Operand& operand : argument.operands) {
      if (!compile_time(operand)) fail("argument {} must be a constant", argument.name);
      if (compressed && function_.opset < 8 && operand.is_value())
        fail("argument {} must be a literal before CoreML8", argument.name);
    }
  }
}

const Output& FunctionVerifier::output_of(ValueId value) const {
  const auto found = values_.find(value);
  if (found == values_.end()) fail("a block output is a value that nothing defines");
  if (!found->second.visible) fail("block output {} belongs to another block", found->second.output->name);
  return *found->second.output;
}

const Type& FunctionVerifier::type_of(const Operand& operand) const {
  return operand.is_value() ? values_.at(operand.value()).output->type : operand.literal().type();
}

const Constant* FunctionVerifier::literal(const Operand& operand) const {
  return operand.is_value() ? values_.at(operand.value()).constant : &operand.literal();
}

const Tensor* FunctionVerifier::known(const Operand& operand) {
  const Constant* constant = literal(operand);
  if (!constant || !constant->type().is_tensor() || constant->type().dtype == DType::kString || !constant->is_small())
    return nullptr;
  if (!operand.is_value()) return &literals_.emplace_back(constant->tensor());
  auto& tensor = values_.at(operand.value()).known;
  if (!tensor) tensor = constant->tensor();
  return &*tensor;
}

bool FunctionVerifier::compile_time(const Operand& operand) const {
  return !operand.is_value() || values_.at(operand.value()).compile_time;
}

}  // namespace anemone
