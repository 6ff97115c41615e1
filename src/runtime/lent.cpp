// SPDX-License-Identifier: Apache-2.0
#include "runtime/lent.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "runtime/arrays.h"

namespace anemone {
namespace {

void lend(ValueId id, Buffers& buffers, std::vector<Lent>& list) {
  list.push_back({id, buffers.sharing(id)});
  buffers.lend(id);
}

// A lent value, and all that share its memory, where this tensor lies.
void place(Plan& plan, const Lent& lent, const Tensor& tensor) {
  const auto owner = std::make_shared<const Tensor>(tensor);
  auto* const bytes = const_cast<std::byte*>(tensor.bytes());  // no step writes over an input that is lent
  for (const ValueId id : lent.sharing) {
    const Type& type = plan.types[id];
    plan.slots[id].tensor = Tensor(compute_dtype(type.dtype), type.concrete(), bytes, owner);
  }
}

void forget(Plan& plan, const std::vector<Lent>& list) {
  for (const Lent& lent : list)
    for (const ValueId id : lent.sharing) plan.slots[id].tensor = Tensor();
}

}  // namespace

// Inputs that no step writes over and nobody keeps longer than the run, results that share their memory with no input
// and no other result.
void lend_buffers(Plan& plan, Buffers& buffers, const Function& function, Numerics numerics) {
  const bool keeps_nothing = std::all_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.kind == Step::Kind::kStatic || step.kind == Step::Kind::kFused;
  });
  if (!keeps_nothing) return;
  std::map<ValueId, int> shown;  // how many inputs and results lie there
  auto& inputs = plan.copied_inputs;
  std::vector<ValueId> edges = inputs;
  edges.insert(edges.end(), function.body.outputs.begin(), function.body.outputs.end());
  for (const ValueId id : edges)
    for (const ValueId other : buffers.sharing(id)) ++shown[other];
  for (const ValueId output : function.body.outputs)
    if (shown[output] == 1) lend(output, buffers, plan.lent_results);
  const auto is_lent = [&](ValueId id) {
    const bool rounds = plan.types[id].dtype == DType::kFloat16 && numerics != Numerics::kFloat32;
    if (rounds || shown[id] != 1 || buffers.is_overwritten(id)) return false;
    lend(id, buffers, plan.lent_inputs);
    return true;
  };
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(), is_lent), inputs.end());
}

void begin_lending(Plan& plan, const Graph& graph, const TensorMap& inputs, Numerics numerics) {
  for (const ValueId id : plan.copied_inputs) {
    Tensor& slot = plan.slots[id].tensor;
    const Output& input = graph.output(id);
    const Tensor& given = inputs.at(input.name);
    if (slot.byte_size()) std::memcpy(slot.bytes(), given.bytes(), slot.byte_size());
    if (input.type.dtype == DType::kFloat16) round_result(slot, numerics);
  }
  for (const Lent& input : plan.lent_inputs) place(plan, input, inputs.at(graph.output(input.id).name));
  for (const Lent& result : plan.lent_results) {
    const Type& type = plan.types[result.id];
    place(plan, result, Tensor(compute_dtype(type.dtype), type.concrete()));
  }
}

std::map<std::string, RuntimeValue> end_lending(Plan& plan, const Graph& graph) {
  std::set<ValueId> own;
  for (const Lent& result : plan.lent_results) own.insert(result.id);
  std::map<std::string, RuntimeValue> outputs;
  for (const ValueId id : graph.function().body.outputs) {
    if (graph.type(id).is_state()) continue;
    RuntimeValue value = plan.slots[id];
    if (value.kind == RuntimeValue::Kind::kTensor && own.count(id) == 0) value.tensor = copy_of(value.tensor);
    outputs[graph.name(id)] = std::move(value);
  }
  forget(plan, plan.lent_inputs);
  forget(plan, plan.lent_results);
  return outputs;
}

}  // namespace anemone
