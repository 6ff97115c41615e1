// SPDX-License-Identifier: Apache-2.0
// Ops with nested blocks: what goes in and out, and in which version states leave.
#include "base/error.h"
#include "ir/verify_internal.h"

namespace anemone {
namespace {

void check_same(const std::string& what, const Type& from, const std::string& name, const Type& to) {
  if (!compatible(to, from)) fail("{} {} is {}, but takes {}", what, name, to.str(), from.str());
}

}  // namespace

void FunctionVerifier::nested(const Op& op, int depth) {
  if (op.type != "cond" && op.type != "while_loop") fail("must not have nested blocks");
  if (op.blocks.size() != 2) fail("has {} nested blocks, expected 2", op.blocks.size());
  const bool loop = op.type == "while_loop";
  const Argument* vars = op.argument("loop_vars");
  if (loop && !vars) fail("argument loop_vars is missing");
  if (loop) while_loop_inputs(op, *vars);
  const StateVersions::Newest before = states_.newest();
  std::vector<StateVersions::Newest> after;
  std::vector<std::vector<const Output*>> results;
  for (const Block& each : op.blocks) {
    if (!loop && !each.inputs.empty()) fail("a branch has inputs");
    states_.enter(before);
    const size_t mark = defined_.size();
    for (size_t i = 0; i < each.inputs.size(); ++i) {
      define(each.inputs[i], false, nullptr);
      if (each.inputs[i].type.is_state()) states_.continue_as(vars->operands[i].value(), each.inputs[i].id);
    }
    block(each, depth + 1);
    results.emplace_back();
    for (const ValueId output : each.outputs) results.back().push_back(&output_of(output));
    after.push_back(states_.newest());
    hide(mark);
  }
  states_.leave(before, after);
  loop ? while_loop_results(op, *vars, results) : cond_results(op, results);
}

void FunctionVerifier::while_loop_inputs(const Op& op, const Argument& vars) const {
  for (const Block& each : op.blocks) {
    if (each.inputs.size() != vars.operands.size())
      fail("a block has {} inputs for {} loop variables", each.inputs.size(), vars.operands.size());
    for (size_t i = 0; i < each.inputs.size(); ++i) {
      const Operand& operand = vars.operands[i];
      check_same("block input", type_of(operand), each.inputs[i].name, each.inputs[i].type);
      if (each.inputs[i].type.is_state() && !operand.is_value()) fail("a loop variable is no state");
    }
  }
}

void FunctionVerifier::while_loop_results(const Op& op, const Argument& vars,
                                          const std::vector<std::vector<const Output*>>& results) {
  if (results[0].size() != 1 || !(results[0][0]->type.is_tensor() && results[0][0]->type.dtype == DType::kBool))
    fail("the condition block must give one bool");
  if (results[0][0]->type.is_concrete() && results[0][0]->type.element_count() != 1)
    fail("the condition block must give one bool, not {}", results[0][0]->type.str());
  const size_t count = vars.operands.size();
  if (results[1].size() != count || op.outputs.size() != count)
    fail("{} loop variables, but the body gives {} and the op {}", count, results[1].size(), op.outputs.size());
  for (size_t i = 0; i < count; ++i) {
    check_same("loop variable", results[1][i]->type, op.blocks[1].inputs[i].name, op.blocks[1].inputs[i].type);
    check_same("output", results[1][i]->type, op.outputs[i].name, op.outputs[i].type);
    if (op.outputs[i].type.is_state()) states_.continue_as(vars.operands[i].value(), op.outputs[i].id);
  }
}

void FunctionVerifier::cond_results(const Op& op, const std::vector<std::vector<const Output*>>& results) {
  for (const auto& branch : results) {
    if (branch.size() != op.outputs.size())
      fail("a branch gives {} values for {} outputs", branch.size(), op.outputs.size());
    for (size_t i = 0; i < branch.size(); ++i)
      check_same("output", branch[i]->type, op.outputs[i].name, op.outputs[i].type);
  }
  for (size_t i = 0; i < op.outputs.size(); ++i) {
    if (!op.outputs[i].type.is_state()) continue;
    if (!states_.same_state(results[0][i]->id, results[1][i]->id)) fail("the branches give different states");
    states_.continue_as(results[0][i]->id, op.outputs[i].id);
  }
}

}  // namespace anemone
