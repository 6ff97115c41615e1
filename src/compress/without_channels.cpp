// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "compress/channels.h"
#include "ir/known_values.h"
#include "ops/ops.h"

namespace anemone {
namespace {

struct Cut {
  ChannelPlace place;
  const Removal* removal;
};

class Remover {
 public:
  Remover(const Function& function, const Graph& graph, const std::vector<Removal>& removals)
      : graph_(graph), result_(function) {
    for (const Removal& removal : removals) {
      for (const auto& [value, place] : removal.channels.places) cuts_[value].push_back({place, &removal});
      for (const auto& [use, place] : removal.channels.shared) copies_[use].push_back({place, &removal});
      for (const ValueId join : removal.channels.joins) joins_.emplace(join, &removal);
      for (const ValueId split : removal.channels.splits) splits_.emplace(split, &removal);
    }
    for (const Output& input : function.inputs) types_.emplace(input.id, input.type);
  }

  Function run() {
    for (const OpPtr& op : result_.body.ops) note(again(op));
    result_.body.ops = std::move(ops_);
    drop_unneeded();
    return std::move(result_);
  }

 private:
  bool is_touched(const Op& op) const {
    for (const Output& output : op.outputs)
      if (cuts_.count(output.id)) return true;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value() && (cuts_.count(operand.value()) || copies_.count({op.id(), operand.value()})))
          return true;
    return false;
  }

  OpPtr again(const OpPtr& op) {
    if (!is_touched(*op)) return op;
    return op->type == "const" ? cut_constant(*op) : rebuilt(*op);
  }

  void note(const OpPtr& op) {
    for (const Output& output : op->outputs) types_.emplace(output.id, output.type);
    if (op->type == "const") constants_[op->id()] = &op->argument("val")->operands.front().literal();
    ops_.push_back(op);
  }

  OpPtr cut_constant(const Op& op) const {
    auto made = std::make_shared<Op>(op);
    Constant value = without(op.argument("val")->operands.front().literal(), cuts_.at(op.id()));
    made->outputs.front().type = value.type();
    made->arguments = {Argument{"val", {Operand(std::move(value))}}};
    return made;
  }

  static Constant without(Constant value, const std::vector<Cut>& cuts) {
    for (const Cut& cut : cuts) {
      std::vector<Constant> parts;
      const auto& gone = cut.removal->gone;
      for (size_t begin = 0; begin < gone.size();) {
        size_t end = begin;
        while (end < gone.size() && gone[end] == gone[begin]) ++end;
        if (!gone[begin])
          parts.push_back(value.sliced(cut.place.axis, static_cast<int64_t>(begin) * cut.place.size,
                                       static_cast<int64_t>(end) * cut.place.size));
        begin = end;
      }
      value = parts.size() == 1 ? parts.front() : Constant::concatenated(parts, cut.place.axis);
    }
    return value;
  }

  Type expected(const Output& output) const {
    Type type = output.type;
    const auto found = cuts_.find(output.id);
    if (found == cuts_.end()) return type;
    for (const Cut& cut : found->second)
      type.shape[static_cast<size_t>(cut.place.axis)] = Dim(cut.removal->kept() * cut.place.size);
    return type;
  }

  OpPtr rebuilt(const Op& op) {
    auto made = std::make_shared<Op>(op);
    for (Argument& argument : made->arguments)
      for (Operand& operand : argument.operands)
        if (const auto copy = copies_.find({op.id(), operand.value()}); copy != copies_.end())
          operand = constant(op, argument.name.c_str(), without(*graph_.constant(operand), copy->second));
    if (const auto split = splits_.find(op.id()); split != splits_.end()) drop_results(*made, *split->second);
    if (const auto join = joins_.find(op.id()); join != joins_.end()) drop_operands(*made, *join->second);
    if (Argument* shape = argument_of(*made, "shape"); shape && cuts_.count(op.id())) shape->operands = {new_shape(op)};
    const std::vector<Type> types = with_context(op.name, [&] { return inferred(*made); });
    for (size_t i = 0; i < types.size(); ++i) {
      const Type want = expected(made->outputs[i]);
      if (!compatible(want, types[i]))
        fail("{}: its result would be {}, expected {}", op.name, types[i].str(), want.str());
      made->outputs[i].type = want;
    }
    return made;
  }

  static Argument* argument_of(Op& op, std::string_view name) {
    const auto found = std::find_if(op.arguments.begin(), op.arguments.end(),
                                    [&](const Argument& argument) { return argument.name == name; });
    return found == op.arguments.end() ? nullptr : &*found;
  }

  static void drop_operands(Op& op, const Removal& removal) {
    Argument& values = *argument_of(op, "values");
    std::vector<Operand> kept;
    for (size_t i = 0; i < values.operands.size(); ++i)
      if (!removal.gone[i]) kept.push_back(values.operands[i]);
    values.operands = std::move(kept);
  }

  void drop_results(Op& op, const Removal& removal) {
    const Constant* old = graph_.constant(op, "split_sizes");
    std::vector<Output> kept;
    std::vector<int32_t> sizes;
    const Tensor old_sizes = old ? old->tensor() : Tensor();
    for (size_t i = 0; i < op.outputs.size(); ++i) {
      if (removal.gone[i]) continue;
      kept.push_back(op.outputs[i]);
      if (old) sizes.push_back(old_sizes.as<int32_t>()[i]);
    }
    op.outputs = std::move(kept);
    if (Argument* count = argument_of(op, "num_splits"))
      count->operands = {constant(op, "num_splits", Constant::of(static_cast<int32_t>(removal.kept())))};
    if (Argument* parts = argument_of(op, "split_sizes"))
      parts->operands = {constant(op, "split_sizes", Constant::of(sizes))};
  }

  // The shape that a reshape is given, as a constant with the new number.
  Operand new_shape(const Op& op) {
    const Constant* old = graph_.constant(op, "shape");
    if (!old) fail("{}: its shape is computed", op.name);
    const Tensor values = old->tensor();
    std::vector<int32_t> shape(values.as<int32_t>().begin(), values.as<int32_t>().end());
    for (const Cut& cut : cuts_.at(op.id()))
      if (int32_t& entry = shape.at(static_cast<size_t>(cut.place.axis)); entry > 0)
        entry = static_cast<int32_t>(cut.removal->kept() * cut.place.size);
    return constant(op, "shape", Constant::of(shape));
  }

  Operand constant(const Op& op, const char* what, const Constant& value) {
    auto made = std::make_shared<Op>();
    made->type = "const";
    made->name = fmt::format("{}_{}_{}", op.name, what, result_.next_value);
    made->provenance = op.provenance;
    made->arguments = {Argument{"val", {Operand(value)}}};
    made->outputs = {{result_.next_value++, made->name, value.type()}};
    note(made);
    return made->id();
  }

  std::vector<Type> inferred(const Op& op) const {
    const OpDefinition* definition = op_table().find(op.type);
    CHECK(definition);
    KnownValues values;
    const auto type = [&](const Operand& o) -> const Type& {
      return o.is_value() ? types_.at(o.value()) : o.literal().type();
    };
    const auto literal = [&](const Operand& o) -> const Constant* {
      if (!o.is_value()) return &o.literal();
      const auto found = constants_.find(o.value());
      return found == constants_.end() ? nullptr : found->second;
    };
    const auto known = [&](const Operand& o) { return values.of(literal(o)); };
    return definition->infer(bind(op, *definition, result_.opset, type, known, literal));
  }

  // Ops behind operands that went, as long as nothing else needs them. States stay.
  void drop_unneeded() {
    std::unordered_set<ValueId> needed(result_.body.outputs.begin(), result_.body.outputs.end());
    std::vector<OpPtr> kept;
    for (size_t i = result_.body.ops.size(); i-- > 0;) {
      const OpPtr& op = result_.body.ops[i];
      const bool stays = !op->blocks.empty() || op->type.find("state") != std::string::npos ||
                         std::any_of(op->outputs.begin(), op->outputs.end(),
                                     [&](const Output& output) { return needed.count(output.id) > 0; });
      if (!stays) continue;
      need(*op, needed);
      kept.push_back(op);
    }
    std::reverse(kept.begin(), kept.end());
    result_.body.ops = std::move(kept);
  }

  static void need(const Op& op, std::unordered_set<ValueId>& needed) {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) needed.insert(operand.value());
    for (const Block& block : op.blocks) {
      needed.insert(block.outputs.begin(), block.outputs.end());
      for (const OpPtr& inner : block.ops) need(*inner, needed);
    }
  }

  const Graph& graph_;
  Function result_;
  std::unordered_map<ValueId, std::vector<Cut>> cuts_;
  std::map<std::pair<ValueId, ValueId>, std::vector<Cut>> copies_;
  std::unordered_map<ValueId, const Removal*> joins_, splits_;
  std::unordered_map<ValueId, Type> types_;
  std::unordered_map<ValueId, const Constant*> constants_;
  std::vector<OpPtr> ops_;
};

}  // namespace

Function without_channels(const Function& function, const Graph& graph, const std::vector<Removal>& removals) {
  return Remover(function, graph, removals).run();
}

}  // namespace anemone
