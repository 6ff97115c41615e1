// SPDX-License-Identifier: Apache-2.0
#include "ir/rewriter.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

class Rewriter {
 public:
  Rewriter(const Graph& graph, Edits edits, const OpTable& table)
      : graph_(graph), edits_(std::move(edits)), table_(table), result_(graph.function()) {}

  Function run() {
    with_context("function " + result_.name, [&] {
      for (const ValueId output : graph_.function().body.outputs) names_.insert(graph_.name(output));
      collect_names(graph_.function().body);
      collect_types();
      retype_inputs();
      for (const Output& input : result_.inputs) define(input);
      result_.body = block(graph_.function().body, Place{});
      keep_output_names();
      result_.next_value = edits_.next_value;
      check_new_ops();
    });
    return std::move(result_);
  }

 private:
  void note_types(const Op& op) {
    for (const Output& output : op.outputs) new_types_.insert_or_assign(output.id, output.type);
    for (const Block& nested : op.blocks) {
      for (const Output& input : nested.inputs) new_types_.insert_or_assign(input.id, input.type);
      for (const OpPtr& each : nested.ops) note_types(*each);
    }
  }

  void collect_types() {
    for (const auto& entry : edits_.insert)
      for (const OpPtr& op : entry.second) note_types(*op);
    for (const auto& entry : edits_.rebuild) note_types(*entry.second);
    for (const auto& [id, type] : edits_.retype_inputs) new_types_.insert_or_assign(id, type);
  }

  const Type& type(ValueId value) const {
    const auto found = new_types_.find(value);
    return found == new_types_.end() ? graph_.type(value) : found->second;
  }

  // Names that stay taken: those of values that are not removed.
  void collect_names(const Block& body) {
    for (const Output& input : graph_.function().inputs) names_.insert(input.name);
    for (const Output& input : body.inputs) names_.insert(input.name);
    for (const OpPtr& op : body.ops) {
      if (edits_.remove.count(op->id())) continue;
      for (const Output& output : op->outputs) names_.insert(output.name);
      for (const Block& nested : op->blocks) collect_names(nested);
    }
  }

  std::string unique(const std::string& wish) {
    std::string name = wish;
    while (!names_.insert(name).second) name = wish + "_" + std::to_string(counters_[wish]++);
    return name;
  }

  void retype_inputs() {
    if (edits_.retype_inputs.empty()) return;
    for (const auto& [id, type] : edits_.retype_inputs) {
      const auto input = std::find_if(result_.inputs.begin(), result_.inputs.end(),
                                      [id = id](const Output& each) { return each.id == id; });
      if (input == result_.inputs.end()) fail("value {} is no input", id);
      input->type = type;
    }
    Function described = result_;
    described.body = {};
    make_features(described);
    for (const auto& entry : edits_.retype_inputs)
      for (auto features : {&Function::input_features, &Function::state_features})
        for (Feature& feature : result_.*features)
          for (const Feature& made : described.*features)
            if (made.name == graph_.name(entry.first) && feature.name == made.name) {
              const std::string text = feature.description;
              feature = made;
              feature.description = text;
            }
  }

  void define(const Output& output) {
    visible_.insert(output.id);
    scope_.push_back(output.id);
  }

  ValueId resolved(ValueId value) const {
    for (auto found = edits_.replace.find(value); found != edits_.replace.end(); found = edits_.replace.find(value))
      value = found->second;
    return value;
  }

  // The value that stands for `value`; both must agree in type.
  ValueId replaced(ValueId value) {
    const ValueId now = resolved(value);
    if (now == value) return value;
    if (!compatible(type(value), type(now)))
      fail("value {} is {} and cannot stand for {}, which is {}", now, type(now).str(), graph_.name(value),
           type(value).str());
    return now;
  }

  void check_visible(const std::string& user, ValueId value) const {
    if (visible_.count(value)) return;
    const bool known = graph_.contains(value);
    const std::string name = known ? graph_.name(value) : fmt::format("value {}", value);
    const Op* producer = known ? graph_.producer(value) : nullptr;
    if (producer && edits_.remove.count(producer->id())) fail("{} uses {}, whose op is removed", user, name);
    fail("{} uses {}, which is not defined before it", user, name);
  }

  Block block(const Block& old, Place end) {
    Block result;
    result.inputs = old.inputs;
    const size_t mark = scope_.size();
    for (const Output& input : result.inputs) define(input);
    for (const OpPtr& each : old.ops) {
      insert(Place{each->id(), -1}, result.ops);
      if (edits_.remove.count(each->id())) continue;
      const auto rebuilt = edits_.rebuild.find(each->id());
      if (rebuilt != edits_.rebuild.end())
        add_new(named_as(*each, rebuilt->second), result.ops);
      else
        result.ops.push_back(op(each));
      for (const Output& output : result.ops.back()->outputs) define(output);
    }
    insert(end, result.ops);
    for (const ValueId output : old.outputs) {
      result.outputs.push_back(kept_input(output) ? output : replaced(output));
      check_visible("a block output", result.outputs.back());
    }
    for (; scope_.size() > mark; scope_.pop_back()) visible_.erase(scope_.back());
    return result;
  }

  // An input that is a function output has its name from its place in the signature.
  bool kept_input(ValueId output) const { return graph_.is_function_output(output) && !graph_.producer(output); }

  void insert(Place place, std::vector<OpPtr>& ops) {
    const auto found = edits_.insert.find(place);
    if (found == edits_.insert.end()) return;
    for (const OpPtr& each : found->second) {
      add_new(renamed(*each), ops);
      for (const Output& output : ops.back()->outputs) define(output);
    }
  }

  void add_new(OpPtr op, std::vector<OpPtr>& ops) {
    check_operands(*op);
    new_ops_.push_back(op);
    ops.push_back(std::move(op));
  }

  void check_operands(const Op& op) const {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) check_visible("op " + op.name, operand.value());
  }

  OpPtr renamed(const Op& op) {
    auto result = std::make_shared<Op>(op);
    for (Output& output : result->outputs) output.name = unique(output.name);
    if (result->outputs.size() == 1) result->name = result->outputs[0].name;
    for (Block& nested : result->blocks) {
      for (Output& input : nested.inputs) input.name = unique(input.name);
      for (OpPtr& each : nested.ops) each = renamed(*each);
    }
    return result;
  }

  static OpPtr named_as(const Op& old, const OpPtr& op) {
    auto result = std::make_shared<Op>(*op);
    result->name = old.name;
    for (size_t i = 0; i < old.outputs.size(); ++i) result->outputs[i].name = old.outputs[i].name;
    return result;
  }

  // The op itself when nothing in it changes.
  OpPtr op(const OpPtr& old) {
    std::shared_ptr<Op> changed;
    const auto change = [&]() -> Op& {
      if (!changed) changed = std::make_shared<Op>(*old);
      return *changed;
    };
    for (size_t i = 0; i < old->arguments.size(); ++i)
      for (size_t j = 0; j < old->arguments[i].operands.size(); ++j) {
        const Operand& operand = old->arguments[i].operands[j];
        if (!operand.is_value()) continue;
        const ValueId now = replaced(operand.value());
        check_visible("op " + old->name, now);
        if (now != operand.value()) change().arguments[i].operands[j] = Operand(now);
      }
    for (size_t i = 0; i < old->blocks.size(); ++i) {
      Block nested = block(old->blocks[i], Place{old->id(), static_cast<int>(i)});
      if (nested.ops != old->blocks[i].ops || nested.outputs != old->blocks[i].outputs)
        change().blocks[i] = std::move(nested);
    }
    return changed ? OpPtr(changed) : old;
  }

  void keep_output_names() {
    const std::vector<ValueId>& before = graph_.function().body.outputs;
    if (before == result_.body.outputs) return;
    std::unordered_map<ValueId, size_t> producers;
    for (size_t i = 0; i < result_.body.ops.size(); ++i)
      for (const Output& output : result_.body.ops[i]->outputs) producers[output.id] = i;
    std::unordered_set<ValueId> named;  // outputs that keep or have got their name
    for (size_t i = 0; i < before.size(); ++i)
      if (before[i] == result_.body.outputs[i]) named.insert(before[i]);
    for (size_t i = 0; i < before.size(); ++i) {
      ValueId& now = result_.body.outputs[i];
      if (now == before[i]) continue;
      const std::string& name = graph_.name(before[i]);
      if (const auto old = producers.find(before[i]); old != producers.end())
        rename(result_.body.ops[old->second], before[i], unique(name));
      const auto producer = producers.find(now);
      const bool can = producer != producers.end() && is_executed(*result_.body.ops[producer->second]);
      if (can && named.insert(now).second)
        rename(result_.body.ops[producer->second], now, name);
      else
        now = add_identity(now, before[i]);
    }
  }

  static void rename(OpPtr& op, ValueId value, const std::string& name) {
    auto result = std::make_shared<Op>(*op);
    for (Output& output : result->outputs) {
      if (output.id != value) continue;
      if (result->name == output.name) result->name = name;
      output.name = name;
    }
    op = std::move(result);
  }

  ValueId add_identity(ValueId value, ValueId old) {
    auto op = std::make_shared<Op>();
    op->type = "identity";
    op->name = graph_.name(old);
    if (const Op* producer = graph_.producer(old)) op->provenance = producer->provenance;
    op->arguments.push_back({"x", {Operand(value)}});
    op->outputs.push_back({edits_.next_value++, op->name, type(value)});
    result_.body.ops.push_back(op);
    new_ops_.push_back(op);
    return op->id();
  }

  void check_new_ops() const {
    if (new_ops_.empty()) return;
    const Graph after(result_);
    for (const OpPtr& op : new_ops_) {
      if (op->type == "const" || !op->blocks.empty()) continue;  // the verifier's business
      const std::vector<Type> types = infer_types(*op, table_, result_.opset, after);
      bool fits = types.size() == op->outputs.size();
      for (size_t i = 0; fits && i < types.size(); ++i) fits = compatible(op->outputs[i].type, types[i]);
      if (!fits) fail("new op {} ({}) declares other results than it gives", op->name, op->type);
    }
  }

  const Graph& graph_;
  Edits edits_;
  const OpTable& table_;
  Function result_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> counters_;
  std::unordered_set<ValueId> visible_;
  std::vector<ValueId> scope_;
  std::unordered_map<ValueId, Type> new_types_;  // of new and rebuilt ops, and changed inputs
  std::vector<OpPtr> new_ops_;
};

}  // namespace

Function rewritten(const Graph& graph, Edits edits, const OpTable& table) {
  return Rewriter(graph, std::move(edits), table).run();
}

}  // namespace anemone
