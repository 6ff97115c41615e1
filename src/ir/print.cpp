// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "base/strings.h"
#include "ir/graph.h"
#include "ir/lexer.h"
#include "ir/printer.h"

namespace anemone {
namespace {

class Printer {
 public:
  Printer(const Function& function, const PrintOptions& options)
      : function_(function), options_(options), labels_(function), graph_(function) {}

  std::string function() {
    text_ = fmt::format("  func {}<{}>({}) {{\n", name_text(function_.name), opset(), parameters(function_.inputs));
    statements(function_.body, 2);
    text_ += fmt::format("  }} -> ({}){};\n", values(function_.body.outputs),
                         interface_text(function_, labels_.all_defined()));
    return std::move(text_);
  }

  std::string statement(const Op& op, size_t depth) {
    text_.clear();
    print_op(op, depth);
    return std::move(text_);
  }

 private:
  std::string opset() const {
    const bool known = function_.opset >= kOldestOpset && function_.opset <= kNewestOpset;
    return known ? fmt::format("ios{}", function_.opset + 10) : fmt::format("CoreML{}", function_.opset);
  }

  std::string parameter(const Output& output) const {
    return options_.types ? type_text(output.type) + " " + labels_[output.id] : labels_[output.id];
  }

  std::string parameters(const std::vector<Output>& outputs) const {
    std::vector<std::string> texts;
    for (const Output& output : outputs) texts.push_back(parameter(output));
    return join(texts, ", ");
  }

  std::string values(const std::vector<ValueId>& ids) const {
    std::vector<std::string> texts;
    for (const ValueId id : ids) texts.push_back(labels_[id]);
    return join(texts, ", ");
  }

  void statements(const Block& block, size_t depth) {
    for (const OpPtr& op : block.ops)
      if (options_.constant_ops || op->type != "const" || shown_elsewhere(*op)) print_op(*op, depth);
  }

  // A const op must be seen when a block gives its value away.
  bool shown_elsewhere(const Op& op) const {
    return op.outputs.empty() || graph_.is_block_output(op.id()) || !graph_.constant(Operand(op.id()));
  }

  void print_op(const Op& op, size_t depth) {
    const std::string indent(2 * depth, ' ');
    text_ += indent + parameters(op.outputs) + (op.outputs.empty() ? "" : " = ") + name_text(op.type);
    std::vector<std::string> arguments;
    std::vector<std::string> attributes;
    if (op.outputs.empty() || op.name != op.outputs[0].name) attributes.push_back("name = " + quote(op.name));
    for (const Argument& argument : op.arguments) {
      const bool bracketed = op.type == "const" && argument.name == "val" && argument.operands.size() == 1 &&
                             !argument.operands[0].is_value();
      (bracketed ? attributes : arguments).push_back(name_text(argument.name) + " = " + operands(argument));
    }
    if (options_.provenance && !op.provenance.empty()) attributes.push_back("provenance = " + quote(op.provenance));
    text_ += "(" + join(arguments, ", ") + ")";
    if (!attributes.empty()) text_ += "[" + join(attributes, ", ") + "]";
    for (const Block& block : op.blocks) print_block(block, depth + 1);
    text_ += ";\n";
  }

  void print_block(const Block& block, size_t depth) {
    const std::string indent(2 * depth, ' ');
    text_ += fmt::format("\n{}({}) {{\n", indent, parameters(block.inputs));
    statements(block, depth + 1);
    text_ += fmt::format("{}}} -> ({})", indent, values(block.outputs));
  }

  std::string operands(const Argument& argument) const {
    std::vector<std::string> texts;
    for (const Operand& operand : argument.operands) texts.push_back(operand_text(operand));
    return texts.size() == 1 ? texts[0] : "(" + join(texts, ", ") + ")";
  }

  std::string operand_text(const Operand& operand) const {
    if (!operand.is_value()) return value_text(operand.literal(), options_);
    if (!options_.constant_ops)
      if (const Constant* constant = graph_.constant(operand)) return value_text(*constant, options_);
    return labels_[operand.value()];
  }

  const Function& function_;
  const PrintOptions& options_;
  Labels labels_;
  Graph graph_;
  std::string text_;
};

}  // namespace

std::string print(const Program& program, const PrintOptions& options) {
  std::string text = "program(1.0)" + program_attributes(program) + "\n{\n";
  for (const auto& entry : program.functions) text += Printer(*entry.second, options).function();
  return text + "}\n";
}

std::string print(const Op& op, const Function& function, const PrintOptions& options) {
  return Printer(function, options).statement(op, 0);
}

Labels::Labels(const Function& function) {
  for (const Output& input : function.inputs) define(input);
  walk(function.body, 0);
}

std::string Labels::operator[](ValueId value) const {
  const auto found = names_.find(value);
  const std::string name = found == names_.end() || found->second->empty() ? "" : name_text(*found->second);
  return irregular_.count(value) ? fmt::format("{}%{}", name, value) : name;
}

void Labels::walk(const Block& block, size_t depth) {
  CHECK(depth < 1000);
  std::vector<const Output*> defined;
  const auto add = [&](const Output& output) {
    define(output);
    defined.push_back(&output);
  };
  for (const Output& input : block.inputs) add(input);
  for (const OpPtr& op : block.ops) {
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) use(operand.value());
    for (const Block& nested : op->blocks) walk(nested, depth + 1);
    for (const Output& output : op->outputs) add(output);
  }
  for (const ValueId output : block.outputs) use(output);
  for (const Output* output : defined) {
    visible_.erase(output->id);
    if (!irregular_.count(output->id)) visible_names_.erase(output->name);
  }
}

void Labels::define(const Output& output) {
  const bool fresh = visible_names_.insert(output.name).second;
  if (!fresh || output.name.empty()) irregular_.insert(output.id);
  names_[output.id] = &output.name;
  visible_.insert(output.id);
}

void Labels::use(ValueId value) {
  if (visible_.count(value)) return;
  irregular_.insert(value);
  all_defined_ = false;
}

}  // namespace anemone
