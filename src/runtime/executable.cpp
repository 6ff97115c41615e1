// SPDX-License-Identifier: Apache-2.0
#include "runtime/executable.h"

#include <cstring>

#include "base/error.h"
#include "ir/states.h"
#include "runtime/arrays.h"
#include "runtime/lent.h"
#include "runtime/plan.h"
#include "runtime/plan_run.h"

namespace anemone {
namespace {

Tensor zeros(const Type& type) {
  Tensor tensor(compute_dtype(type.dtype), type.concrete());
  if (tensor.byte_size()) std::memset(tensor.bytes(), 0, tensor.byte_size());
  return tensor;
}

// A function with what its plans share.
struct FunctionState {
  explicit FunctionState(const Function& f, bool fuse)
      : function(f), graph(f), schedule(make_schedule(graph, fuse)), states(state_names(f)) {}

  const Function& function;
  Graph graph;
  std::vector<ScheduleEntry> schedule;
  std::map<ValueId, std::string> states;
  Prepared prepared;
  std::map<std::map<std::string, ConcreteShape>, std::unique_ptr<Plan>> plans;
};

void check_input(const Output& input, const Tensor& value) {
  const Type given = Type::tensor(input.type.dtype, value.shape());
  if (value.dtype() != compute_dtype(input.type.dtype) || !compatible(input.type, given))
    fail("input {} has type {}, expected {}", input.name, Type::tensor(value.dtype(), value.shape()).str(),
         input.type.str());
}

}  // namespace

struct Executable::Impl {
  std::shared_ptr<const Program> program;
  RunOptions options;
  uint64_t random = 0;
  Trace trace;
  std::map<std::string, std::unique_ptr<FunctionState>> functions;

  FunctionState& function(const std::string& name) {
    auto& state = functions[name];
    if (!state) {
      // Ops that run together have no rounded results between them, and none that a trace could show.
      const bool fuse = options.kernels && options.fusions && options.numerics == Numerics::kFloat32 && !trace;
      state = std::make_unique<FunctionState>(program->function(name), fuse);
    }
    return *state;
  }

  Plan& plan(FunctionState& state, const TensorMap& inputs) {
    std::map<std::string, ConcreteShape> shapes;
    for (const Output& input : state.function.inputs) {
      if (input.type.is_state()) continue;
      const auto value = inputs.find(input.name);
      if (value == inputs.end()) fail("input {} is missing", input.name);
      check_input(input, value->second);
      shapes[input.name] = value->second.shape();
    }
    auto& made = state.plans[shapes];
    if (!made) made = make_plan(state.function, state.graph, state.schedule, shapes, state.prepared, options);
    return *made;
  }
};

Executable::Executable(std::shared_ptr<const Program> program, RunOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->program = std::move(program);
  impl_->options = options;
  impl_->random = options.seed;
}

Executable::~Executable() = default;
Executable::Executable(Executable&&) noexcept = default;

void Executable::set_trace(Trace trace) {
  impl_->trace = std::move(trace);
  impl_->functions.clear();  // a trace sees every op, so other ops may run together than before
}

const Program& Executable::program() const { return *impl_->program; }

std::map<std::string, RuntimeValue> Executable::run(const std::string& function, const TensorMap& inputs,
                                                    TensorMap& states) {
  FunctionState& state = impl_->function(function);
  Plan& plan = impl_->plan(state, inputs);
  for (const Output& input : state.function.inputs)
    if (input.type.is_state()) states.try_emplace(input.name, zeros(input.type.elements.at(0)));
  begin_lending(plan, state.graph, inputs, impl_->options.numerics);
  run_plan({state.graph, state.states, plan, state.prepared, impl_->options, states, impl_->random, impl_->trace});
  return end_lending(plan, state.graph);
}

}  // namespace anemone
