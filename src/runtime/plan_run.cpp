// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_run.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/error.h"
#include "ops/ops.h"
#include "runtime/arrays.h"
#include "runtime/classify.h"
#include "runtime/expansion.h"
#include "runtime/lists.h"

namespace anemone {
namespace {

// Runs one function on one set of shapes.
class Run {
 public:
  explicit Run(const PlanRun& run)
      : graph_(run.graph),
        state_names_(run.state_names),
        plan_(run.plan),
        prepared_(run.prepared),
        options_(run.options),
        states_(run.states),
        random_(run.random),
        trace_(run.trace) {}

  void run() {
    for (const Step& step : plan_.steps) {
      try {
        if (step.decompressed.empty())
          run_step(step);
        else
          run_decompressed(step);
      } catch (const Error& error) {
        throw error.within(fmt::format("op {} ({})", step.op->name, step.op->type));
      }
    }
  }

 private:
  // Puts results into slots: where the plan has a place, there; else into memory of their own.
  class SlotResults : public Results {
   public:
    SlotResults(Run& owner, const Op& op, bool is_static) : run_(owner), op_(op), static_(is_static) {}
    Tensor& allocate(size_t index, const ConcreteShape& shape, DType compute_type) override {
      Tensor& tensor = slot(index);
      if (static_) {
        CHECK(tensor.shape() == shape && tensor.dtype() == compute_type);
        return tensor;
      }
      return tensor = Tensor(compute_type, shape);
    }
    void set(size_t index, Tensor value) override {
      Tensor& tensor = slot(index);
      if (!static_) {
        tensor = std::move(value);
        run_.detach(tensor);
        return;
      }
      CHECK(tensor.byte_size() == value.byte_size());
      if (tensor.byte_size()) std::memmove(tensor.bytes(), value.bytes(), tensor.byte_size());
    }
    Numerics numerics() const override { return run_.options_.numerics; }
    int threads() const override { return run_.options_.threads; }
    uint64_t random() override {  // SplitMix64 (Steele, Lea, Flood 2014)
      uint64_t z = run_.random_ += 0x9E3779B97F4A7C15;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      return z ^ (z >> 31);
    }

   private:
    Tensor& slot(size_t index) { return run_.plan_.slots[op_.outputs.at(index).id].tensor; }
    Run& run_;
    const Op& op_;
    bool static_;
  };

  // With weights that are made for this step alone, but for those that are kept for another one.
  void run_decompressed(const Step& step) {
    std::vector<ValueId> made;
    {
      Expansion weights(graph_, plan_, options_);
      for (const ValueId id : step.decompressed) {
        if (!plan_.slots[id].tensor.empty()) continue;
        plan_.slots[id].tensor = weights.value(id);
        made.push_back(id);
      }
    }
    run_step(step);
    for (const ValueId id : made) plan_.slots[id].tensor = Tensor();
  }

  std::optional<PreparedKernel> kernel_for_now(const Step& step) {
    std::map<std::string, Tensor> weights;
    for (const Argument& argument : step.op->arguments) {
      if (argument.operands.size() != 1 || !argument.operands[0].is_value()) continue;
      const ValueId id = argument.operands[0].value();
      if (std::find(step.decompressed.begin(), step.decompressed.end(), id) != step.decompressed.end())
        weights[argument.name] = plan_.slots[id].tensor;
    }
    return kernel_table().prepare(replaced(*step.planned, weights), {options_, graph_});
  }

  void run_static(const Step& step) {
    SlotResults results(*this, *step.op, true);
    if (!step.planned) return step.run(*step.arguments, results);
    const auto kernel = kernel_for_now(step);
    (kernel ? kernel->run : step.run)(*step.arguments, results);
  }

  void run_step(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kStatic:
        run_static(step);
        break;
      case Step::Kind::kFused:
        return step.fused(step.inputs, step.outputs, options_.threads);
      case Step::Kind::kDynamic:
        run_dynamic(*step.op, *step.definition);
        break;
      case Step::Kind::kReadState:
        read_state(*step.op);
        break;
      case Step::Kind::kWriteState:
        write_state(*step.op);
        break;
      case Step::Kind::kBlocks:
        run_blocks(*step.op);
        break;
      case Step::Kind::kNoTensor:
        run_no_tensor(*step.op, *step.definition);
        break;
    }
    finish(*step.op, step.round, step.kind == Step::Kind::kStatic);
  }

  // A result in a place of its own is rounded there; another one may view what is not the op's. Blocks round theirs.
  void finish(const Op& op, const std::vector<bool>& round, bool owns_results) {
    for (size_t i = 0; i < op.outputs.size(); ++i) {
      const Output& output = op.outputs[i];
      if (!output.type.is_tensor() || plan_.slots[output.id].kind != RuntimeValue::Kind::kTensor) continue;
      Tensor& tensor = plan_.slots[output.id].tensor;
      if (round[i] && owns_results)
        round_result(tensor, options_.numerics);
      else if (round[i] && op.blocks.empty())
        tensor = rounded(tensor, options_.numerics);
      if (trace_) trace_(op, output, tensor);
    }
  }

  // The arguments as they are now, checked.
  Arguments current_arguments(const Op& op, const OpDefinition& definition) {
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) refresh_type(operand.value());
    Arguments arguments =
        bind_to_slots(op, definition, graph_.function().opset, graph_, plan_.slots, plan_.types, prepared_);
    definition.infer(arguments);
    return arguments;
  }

  void run_no_tensor(const Op& op, const OpDefinition& definition) {
    const Arguments arguments = current_arguments(op, definition);
    if (op.type == "classify") return assign(op.outputs, run_classify(arguments));
    const Operand* list = graph_.operand(op, "ls");
    const bool is_value = list && list->is_value();
    RuntimeValue result = run_list_op(op, arguments, is_value ? &plan_.slots[list->value()] : nullptr);
    if (result.list)
      for (Tensor& element : *result.list) detach(element);
    assign(op.outputs, {std::move(result)});
  }

  // A step whose shapes are known only now.
  void run_dynamic(const Op& op, const OpDefinition& definition) {
    const Arguments arguments = current_arguments(op, definition);
    SlotResults results(*this, op, false);
    std::optional<PreparedKernel> of_ane;  // arithmetic, not speed: it does not ask whether shapes are known
    if (options_.numerics == Numerics::kAne) of_ane = kernel_table().prepare(arguments, {options_, graph_});
    (of_ane ? of_ane->run : definition.evaluate)(arguments, results);
  }

  void refresh_type(ValueId id) {
    const Type& declared = graph_.type(id);
    plan_.types[id] = declared.is_tensor() && declared.dtype != DType::kString
                          ? Type::tensor(declared.dtype, plan_.slots[id].tensor.shape())
                          : declared;
  }

  Tensor& state(const Op& op) {
    const Operand* operand = graph_.operand(op, "input");
    CHECK(operand && operand->is_value());
    return states_.at(state_names_.at(operand->value()));
  }

  void read_state(const Op& op) {
    const Tensor& from = state(op);
    Tensor& to = plan_.slots[op.id()].tensor;
    if (to.byte_size() != from.byte_size()) to = Tensor(from.dtype(), from.shape());
    std::memcpy(to.bytes(), from.bytes(), from.byte_size());
  }

  void write_state(const Op& op) {
    const Operand* data = graph_.operand(op, "data");
    CHECK(data && data->is_value());
    const Tensor& from = plan_.slots[data->value()].tensor;
    Tensor& to = state(op);
    if (from.shape() != to.shape() || from.dtype() != to.dtype())
      fail("the state holds {}, not {}", to.type().str(), from.type().str());
    std::memmove(to.bytes(), from.bytes(), to.byte_size());
    if (graph_.type(data->value()).dtype == DType::kFloat16) round_result(to, options_.numerics);
  }

  // ---- control flow
  void run_blocks(const Op& op) {
    if (op.type == "cond") return run_cond(op);
    if (op.type == "while_loop") return run_while(op);
    fail("blocks of this op cannot be run");
  }

  bool truth(ValueId id) const {
    const auto values = to_doubles(plan_.slots[id].tensor);
    if (values.size() != 1) fail("the condition is not one value");
    return values[0] != 0;
  }

  std::vector<RuntimeValue> run_block(const Block& block) {
    for (const OpPtr& op : block.ops)
      with_context(fmt::format("op {} ({})", op->name, op->type), [&] { run_nested(*op); });
    std::vector<RuntimeValue> outputs;
    for (const ValueId id : block.outputs) outputs.push_back(plan_.slots[id]);
    return outputs;
  }

  void run_nested(const Op& op) {
    if (op.type == "const") return;  // made with the plan
    std::vector<bool> round;
    for (const Output& output : op.outputs)
      round.push_back(options_.numerics != Numerics::kFloat32 && output.type.is_tensor() &&
                      output.type.dtype == DType::kFloat16);
    const OpDefinition* definition = op_table().find(op.type);
    CHECK(definition);
    plan_.slots[op.id()].tensor = Tensor();  // the value of the round before may live on
    if (op.type == "read_state")
      read_state(op);
    else if (op.type == "write_state")
      write_state(op);
    else if (!op.blocks.empty())
      run_blocks(op);
    else if (is_list_op(op) || op.type == "classify")
      run_no_tensor(op, *definition);
    else if (definition->evaluate)
      run_dynamic(op, *definition);
    else
      fail("cannot be run");
    finish(op, round, false);
  }

  void run_cond(const Op& op) {
    const Operand* condition = graph_.operand(op, "pred");
    if (!condition || !condition->is_value() || op.blocks.size() != 2) fail("needs a condition and two blocks");
    auto outputs = run_block(op.blocks[truth(condition->value()) ? 0 : 1]);
    for (RuntimeValue& output : outputs) detach(output.tensor);
    assign(op.outputs, std::move(outputs));
  }

  void run_while(const Op& op) {
    const Argument* vars = op.argument("loop_vars");
    if (!vars || op.blocks.size() != 2) fail("needs loop_vars, a condition and a body");
    std::vector<RuntimeValue> values;
    for (const Operand& operand : vars->operands) values.push_back(value_of(operand));
    for (int64_t count = 0;; ++count) {
      if (count > options_.max_loops) fail("did not end after {} rounds, the limit (--max-loops)", options_.max_loops);
      assign(op.blocks[0].inputs, values);
      run_block(op.blocks[0]);
      if (!truth(op.blocks[0].outputs.at(0))) break;
      assign(op.blocks[1].inputs, values);
      values = run_block(op.blocks[1]);
    }
    for (RuntimeValue& value : values) detach(value.tensor);
    assign(op.outputs, std::move(values));
  }

  RuntimeValue value_of(const Operand& operand) {
    if (operand.is_value()) return plan_.slots[operand.value()];
    const auto literal = prepared_.literals.find(&operand.literal());
    if (literal == prepared_.literals.end()) fail("a loop variable is no tensor");
    return {literal->second};
  }

  // A value of unplanned life that lies in the arena (handed on by a block, viewed by a step whose shapes depend on
  // data, put into a list): its place will be given to others, so it needs memory of its own.
  void detach(Tensor& tensor) const {
    const std::byte* arena = plan_.arena.get();
    const bool inside = std::greater_equal<>()(tensor.bytes(), arena) &&
                        std::less<>()(static_cast<const std::byte*>(tensor.bytes()), arena + plan_.arena_size);
    if (tensor.byte_size() && inside) tensor = copy_of(tensor);
  }

  void assign(const std::vector<Output>& outputs, std::vector<RuntimeValue> values) {
    if (outputs.size() != values.size()) fail("a block gives {} values, expected {}", values.size(), outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) plan_.slots[outputs[i].id] = std::move(values[i]);
  }

  const Graph& graph_;
  const std::map<ValueId, std::string>& state_names_;
  Plan& plan_;
  Prepared& prepared_;
  const RunOptions& options_;
  TensorMap& states_;
  uint64_t& random_;
  const Executable::Trace& trace_;
};

}  // namespace

void run_plan(const PlanRun& run) { Run(run).run(); }

}  // namespace anemone
