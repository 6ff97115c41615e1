// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan.h"

#include <algorithm>

#include "base/error.h"
#include "base/memory.h"
#include "ops/ops.h"
#include "runtime/arrays.h"
#include "runtime/buffers.h"
#include "runtime/deferred_weights.h"
#include "runtime/expansion.h"
#include "runtime/lent.h"
#include "runtime/lists.h"

namespace anemone {
namespace {

class Planner {
 public:
  Planner(const Function& function, const Graph& graph, const std::vector<ScheduleEntry>& schedule, Prepared& prepared,
          const RunOptions& options)
      : function_(function),
        graph_(graph),
        schedule_(schedule),
        prepared_(prepared),
        options_(options),
        plan_(std::make_unique<Plan>()),
        buffers_(graph, schedule),
        weights_(graph, *plan_, prepared, options) {
    plan_->slots.resize(function.next_value);
    plan_->types.resize(function.next_value);
    known_.resize(function.next_value, false);
  }

  std::unique_ptr<Plan> make(const std::map<std::string, ConcreteShape>& input_shapes) {
    for (const Output& input : function_.inputs) plan_input(input, input_shapes);
    for (const ScheduleEntry& entry : schedule_) {
      if (entry.group && plan_group(entry)) continue;
      for (const Op* op : entry.ops) with_context(fmt::format("op {} ({})", op->name, op->type), [&] { plan_op(*op); });
    }
    place_buffers();
    bind_steps();
    return std::move(plan_);
  }

 private:
  static constexpr int kBeforeAll = 0;
  static constexpr size_t kDeferredBytes = 1 << 16;

  int step_count() const { return static_cast<int>(plan_->steps.size()); }

  void plan_input(const Output& input, const std::map<std::string, ConcreteShape>& shapes) {
    if (input.type.is_state()) return;
    const auto shape = shapes.find(input.name);
    if (shape == shapes.end()) fail("input {} is missing", input.name);
    plan_->types[input.id] = Type::tensor(input.type.dtype, shape->second);
    plan_->copied_inputs.push_back(input.id);
    add_buffer(input.id, kBeforeAll);
  }

  // ---- one op
  void plan_op(const Op& op) {
    const OpDefinition* definition = op_table().find(op.type);
    CHECK(definition);
    if (op.type == "const") return plan_const(op);
    if (!op.blocks.empty()) return plan_blocks(op, definition);
    if (op.type == "read_state" || op.type == "write_state") return plan_state(op, definition);
    if (is_list_op(op) || op.type == "classify") return plan_no_tensor(op, definition);
    if (is_constexpr(op) && prepared_.constants.count(op.id())) return recall(op);
    if (!has_static_inputs(op)) return add_dynamic(op, definition);
    const std::vector<Type> types = inferred(op, *definition);
    for (size_t i = 0; i < types.size(); ++i) plan_->types[op.outputs[i].id] = types[i];
    if (can_fold(op, *definition)) return weights_.defers(op) ? weights_.defer(op) : fold(op);
    const bool concrete = std::all_of(types.begin(), types.end(), [](const Type& type) { return type.is_concrete(); });
    if (!concrete) return add_dynamic(op, definition);
    if (!definition->view_of.empty() && add_view(op, *definition)) return;
    add_static(op, definition);
  }

  // ---- ops that run together
  // False when the ops must run one by one; whatever was inferred for them is inferred again.
  bool plan_group(const ScheduleEntry& entry) {
    const FusedGroup& group = *entry.group;
    for (const ValueId input : group.inputs)
      if (weights_.is_deferred(Operand(input)) || (!buffers_.holds(input) && !is_constant(Operand(input))))
        return false;
    for (const Op* op : entry.ops)
      if (!weights_.keeps(*op)) return false;
    Expansion weights(graph_, *plan_, options_);
    const bool holds_weights = prepared_.fused.count(entry.ops.back()) != 0;
    std::vector<Arguments> arguments;
    for (const Op* op : entry.ops)
      with_context(fmt::format("op {} ({})", op->name, op->type), [&] {
        const OpDefinition& definition = *op_table().find(op->type);
        const std::vector<Type> types = inferred(*op, definition);
        for (size_t i = 0; i < types.size(); ++i) plan_->types[op->outputs[i].id] = types[i];
        arguments.push_back(planned_arguments(*op, definition, holds_weights ? nullptr : &weights));
      });
    for (const Op* op : entry.ops)
      for (const Output& output : op->outputs)
        if (!plan_->types[output.id].is_concrete()) return false;
    auto run = group.prepare(FusedOps(arguments), options_);
    if (!run) return false;
    prepared_.fused.insert(entry.ops.back());
    add_fused(entry, std::move(*run));
    return true;
  }

  void add_fused(const ScheduleEntry& entry, FusedRun run) {
    const FusedGroup& group = *entry.group;
    Step step;
    step.kind = Step::Kind::kFused;
    step.op = entry.ops.back();
    step.fused = std::move(run);
    const int number = step_count() + 1;
    for (const ValueId input : group.inputs) {
      buffers_.read(input, number);
      materialize(Operand(input), graph_, plan_->slots, prepared_);
      step.inputs.push_back(&plan_->slots[input].tensor);
    }
    for (const ValueId output : group.outputs) {
      add_buffer(output, number);
      step.outputs.push_back(&plan_->slots[output].tensor);
    }
    plan_->steps.push_back(std::move(step));
  }

  void plan_const(const Op& op) {
    const Constant& value = op.arguments.at(0).operands.at(0).literal();
    plan_->types[op.id()] = value.type();
    if (!value.type().is_tensor() || value.type().dtype == DType::kString || !value.is_small()) return;
    const auto [entry, fresh] = prepared_.constants.try_emplace(op.id());
    if (fresh) entry->second = value.tensor();
    set_known(op.id(), entry->second);
  }

  void recall(const Op& op) {
    for (const Output& output : op.outputs) {
      const Tensor& value = prepared_.constants.at(output.id);
      plan_->types[output.id] = Type::tensor(output.type.dtype, value.shape());
      set_known(output.id, value);
    }
  }

  void set_known(ValueId id, const Tensor& value) {
    plan_->slots[id].tensor = value;
    known_[id] = true;
  }

  bool is_constant(const Operand& operand) const {
    return !operand.is_value() || known_[operand.value()] || weights_.is_deferred(operand) ||
           graph_.constant(operand) != nullptr;
  }

  bool has_static_inputs(const Op& op) const {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands) {
        if (is_constant(operand)) continue;
        if (!buffers_.holds(operand.value())) return false;
      }
    return true;
  }

  const Type& type_of(const Operand& operand) const {
    return operand.is_value() ? plan_->types[operand.value()] : operand.literal().type();
  }

  const Tensor* known(const Operand& operand) {
    if (operand.is_value()) return known_[operand.value()] ? &plan_->slots[operand.value()].tensor : nullptr;
    return small_literal(operand.literal());
  }

  const Tensor* small_literal(const Constant& literal) {
    if (!literal.type().is_tensor() || literal.type().dtype == DType::kString || !literal.is_small()) return nullptr;
    const auto [entry, fresh] = prepared_.literals.try_emplace(&literal);
    if (fresh) entry->second = literal.tensor();
    return &entry->second;
  }

  // With `weights`, the values of deferred operands are given, too.
  Arguments planned_arguments(const Op& op, const OpDefinition& definition, Expansion* weights = nullptr) {
    return bind(
        op, definition, function_.opset, [&](const Operand& o) -> const Type& { return type_of(o); },
        [&](const Operand& o) { return weights && weights_.is_deferred(o) ? &weights->value(o.value()) : known(o); },
        [&](const Operand& o) { return graph_.constant(o); });
  }

  // Result types with the shapes of this plan. What the file declares does not count: an op whose inference cannot tell
  // may give another shape.
  std::vector<Type> inferred(const Op& op, const OpDefinition& definition) {
    std::vector<Type> types = definition.infer(planned_arguments(op, definition));
    CHECK(types.size() == op.outputs.size());
    return types;
  }

  bool can_fold(const Op& op, const OpDefinition& definition) const {
    if (!definition.evaluate || !definition.deterministic) return false;
    if (definition.needs_only_types) return true;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (!is_constant(operand)) return false;
    return true;
  }

  void fold(const Op& op) {
    const std::vector<Tensor> results = Expansion(graph_, *plan_, options_).evaluate(op);
    for (size_t i = 0; i < op.outputs.size(); ++i) {
      const Output& output = op.outputs[i];
      plan_->types[output.id] = Type::tensor(output.type.dtype, results[i].shape());
      set_known(output.id, results[i]);
      if (is_constexpr(op)) prepared_.constants[output.id] = results[i];
    }
  }

  // ---- buffers
  void add_buffer(ValueId id, int step) { buffers_.add(id, compute_bytes(plan_->types[id]), step); }

  bool add_view(const Op& op, const OpDefinition& definition) {
    const Operand* source = graph_.operand(op, definition.view_of);
    if (!source || !source->is_value() || !buffers_.holds(source->value())) return false;
    buffers_.add_view(op.id(), source->value());
    return true;
  }

  void add_static(const Op& op, const OpDefinition* definition) {
    const int step = step_count() + 1;
    buffers_.read(op, step);
    const ValueId overwritten = definition->elementwise ? reusable_input(op) : kNoValue;
    if (overwritten != kNoValue)
      buffers_.overwrite(op.id(), overwritten);
    else
      for (const Output& output : op.outputs) add_buffer(output.id, step);
    Step planned = make_step(op, definition, Step::Kind::kStatic);
    choose_kernel(op, *definition, planned);
    plan_->steps.push_back(std::move(planned));
  }

  // An input of the result's size and element width that may be written over.
  ValueId reusable_input(const Op& op) const {
    if (op.outputs.size() != 1) return kNoValue;
    const Type& result = plan_->types[op.id()];
    for (const Argument& argument : op.arguments) {
      if (argument.operands.size() != 1 || !argument.operands[0].is_value()) continue;
      const ValueId id = argument.operands[0].value();
      const Type& type = plan_->types[id];
      const bool fits =
          type.shape == result.shape && bit_width(compute_dtype(type.dtype)) == bit_width(compute_dtype(result.dtype));
      if (fits && buffers_.dies_with(id, op)) return id;
    }
    return kNoValue;
  }

  Step make_step(const Op& op, const OpDefinition* definition, Step::Kind kind) {
    Step step;
    step.kind = kind;
    step.op = &op;
    step.definition = definition;
    step.run = definition->evaluate;
    for (const Output& output : op.outputs)
      step.round.push_back(options_.numerics != Numerics::kFloat32 && output.type.is_tensor() &&
                           output.type.dtype == DType::kFloat16);
    return step;
  }

  void choose_kernel(const Op& op, const OpDefinition& definition, Step& step) {
    Expansion weights(graph_, *plan_, options_);
    const std::set<std::string>* absorbed = &none_;
    if (weights_.keeps(op)) {
      const auto [entry, fresh] = prepared_.kernels.try_emplace(op.id());
      if (fresh)
        entry->second = kernel_table().prepare(planned_arguments(op, definition, &weights), {options_, graph_});
      if (entry->second) {
        step.run = entry->second->run;
        absorbed = &entry->second->absorbed;
      }
    } else {
      step.planned.emplace(planned_arguments(op, definition));
    }
    if (!step.run) fail("cannot be run");
    take_operands(op, *absorbed, weights, step);
  }

  void take_operands(const Op& op, const std::set<std::string>& absorbed, Expansion& weights, Step& step) {
    materialize_operands(op, graph_, plan_->slots, prepared_, absorbed);
    weights_.hold(op, absorbed, weights, *plan_, step);
  }

  // A step without a kernel of its own.
  void add_plain(const Op& op, const OpDefinition* definition, Step::Kind kind) {
    buffers_.read(op, step_count() + 1);
    Step step = make_step(op, definition, kind);
    Expansion weights(graph_, *plan_, options_);
    take_operands(op, none_, weights, step);
    plan_->steps.push_back(std::move(step));
  }

  void add_dynamic(const Op& op, const OpDefinition* definition) {
    if (!definition->evaluate) fail("cannot be run");
    add_plain(op, definition, Step::Kind::kDynamic);
  }

  void plan_no_tensor(const Op& op, const OpDefinition* definition) {
    add_plain(op, definition, Step::Kind::kNoTensor);
  }

  void plan_state(const Op& op, const OpDefinition* definition) {
    if (op.type != "read_state") return add_plain(op, definition, Step::Kind::kWriteState);
    const int step = step_count() + 1;
    buffers_.read(op, step);
    const Operand* state = graph_.operand(op, "input");
    if (!state || !state->is_value()) fail("has no state");
    plan_->types[op.id()] = graph_.type(state->value()).elements.at(0);
    add_buffer(op.id(), step);
    plan_->steps.push_back(make_step(op, definition, Step::Kind::kReadState));
  }

  void plan_blocks(const Op& op, const OpDefinition* definition) {
    buffers_.read(op, step_count() + 1);
    materialize_operands(op, graph_, plan_->slots, prepared_, none_);
    for_each_nested(op, [&](const Op& nested) {
      if (nested.type == "const") plan_const(nested);
      materialize_operands(nested, graph_, plan_->slots, prepared_, none_);
    });
    Step step = make_step(op, definition, Step::Kind::kBlocks);
    plan_->steps.push_back(std::move(step));
  }

  static void for_each_nested(const Op& op, const std::function<void(const Op&)>& visit) {
    for (const Block& block : op.blocks) for_each_op(block, visit);
  }

  void place_buffers() {
    for (const ValueId output : function_.body.outputs) buffers_.read(output, step_count() + 1);
    lend_buffers(*plan_, buffers_, function_, options_.numerics);
    const Buffers::Layout layout = buffers_.place();
    plan_->arena_size = layout.size;
    const auto arena = aligned_bytes(layout.size);
    plan_->arena = arena;
    for (const auto& [id, offset] : layout.offsets) {
      const Type& type = plan_->types[id];
      plan_->slots[id].tensor = Tensor(compute_dtype(type.dtype), type.concrete(), arena.get() + offset, arena);
    }
  }

  void bind_steps() {
    for (Step& step : plan_->steps)
      if (step.kind == Step::Kind::kStatic)
        step.arguments.emplace(
            bind_to_slots(*step.op, *step.definition, function_.opset, graph_, plan_->slots, plan_->types, prepared_));
  }

  const Function& function_;
  const Graph& graph_;
  const std::vector<ScheduleEntry>& schedule_;
  Prepared& prepared_;
  const RunOptions& options_;
  std::unique_ptr<Plan> plan_;
  std::vector<bool> known_;  // the slot holds a value that this plan never changes
  Buffers buffers_;
  DeferredWeights weights_;
  const std::set<std::string> none_;
};

}  // namespace

std::unique_ptr<Plan> make_plan(const Function& function, const Graph& graph,
                                const std::vector<ScheduleEntry>& schedule,
                                const std::map<std::string, ConcreteShape>& input_shapes, Prepared& prepared,
                                const RunOptions& options) {
  return Planner(function, graph, schedule, prepared, options).make(input_shapes);
}

}  // namespace anemone
