// SPDX-License-Identifier: Apache-2.0
// cond and while_loop: their results are what their blocks give. The executor runs the blocks.
#include <functional>
#include <optional>

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// The declared type of a value that a block defines; nothing when it comes from outside.
std::optional<Type> type_in(const Block& block, ValueId id) {
  for (const Output& input : block.inputs)
    if (input.id == id) return input.type;
  for (const OpPtr& op : block.ops)
    for (const Output& output : op->outputs)
      if (output.id == id) return output.type;
  return std::nullopt;
}

// Both descriptions hold: where lengths differ, the result's is unknown.
Type joined(const Type& a, const Type& b, size_t index) {
  if (a.kind != b.kind || (a.is_tensor() && a.dtype != b.dtype))
    fail("result {} is {} on one path and {} on the other", index, a.str(), b.str());
  if (a.is_state() && !(a == b)) fail("result {} is a different state on each path", index);
  if (!a.is_tensor()) return a;
  if (!a.ranked || !b.ranked || a.rank() != b.rank()) return Type::unranked(a.dtype);
  Type result = a;
  for (size_t axis = 0; axis < a.shape.size(); ++axis)
    if (!provably_equal(a.shape[axis], b.shape[axis])) result.shape[axis] = Dim::unknown();
  return result;
}

void expect_blocks(const Arguments& args) {
  if (args.op().blocks.size() != 2) fail("has {} blocks, expected 2", args.op().blocks.size());
}

std::vector<Type> infer_cond(const Arguments& args) {
  expect_blocks(args);
  const Type& pred = args.type("pred");
  if (pred.is_concrete() && pred.element_count() != 1) fail("pred is {}, expected a scalar", pred.str());
  const Op& op = args.op();
  const Block& yes = op.blocks[0];
  const Block& no = op.blocks[1];
  if (yes.outputs.size() != no.outputs.size())
    fail("its blocks give {} and {} results", yes.outputs.size(), no.outputs.size());
  std::vector<Type> types;
  for (size_t i = 0; i < yes.outputs.size(); ++i) {
    const auto a = type_in(yes, yes.outputs[i]);
    const auto b = type_in(no, no.outputs[i]);
    if (a || b)
      types.push_back(joined(a ? *a : *b, b ? *b : *a, i));
    else if (i < op.outputs.size())  // both come from outside: only the declaration tells
      types.push_back(op.outputs[i].type);
    else
      fail("the type of result {} cannot be told", i);
  }
  return types;
}

std::vector<Type> infer_while(const Arguments& args) {
  expect_blocks(args);
  const Op& op = args.op();
  const size_t count = args.count("loop_vars");
  const Block& condition = op.blocks[0];
  const Block& body = op.blocks[1];
  if (condition.outputs.size() != 1) fail("its condition gives {} values, expected 1", condition.outputs.size());
  for (const Block& block : op.blocks)
    if (block.inputs.size() != count) fail("a block takes {} values, there are {}", block.inputs.size(), count);
  if (body.outputs.size() != count) fail("its body gives {} values, expected {}", body.outputs.size(), count);
  std::vector<Type> types;
  for (size_t i = 0; i < count; ++i) {
    const Type& initial = args.type("loop_vars", i);
    types.push_back(joined(initial, type_in(body, body.outputs[i]).value_or(initial), i));
  }
  return types;
}

void add(OpTable& table, const char* name, const char* parameters, std::vector<Type> (*infer)(const Arguments&)) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(5, parameters)};
  op.infer = infer;
  table.add(std::move(op));
}

}  // namespace

void register_op_control_flow(OpTable& table) {
  add(table, "cond", "pred: bool", infer_cond);
  add(table, "while_loop", "loop_vars: any list", infer_while);
}

}  // namespace anemone
