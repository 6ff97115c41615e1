// SPDX-License-Identifier: Apache-2.0
// A product of matrices that sums over one element is a multiplication. Rotary embeddings make their angles so.
//
//     matmul(x (.., r, 1), y (.., 1, c))  ->  mul(x, y)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// The operand in the order that the product reads it in.
Operand straight(const Graph& graph, Builder& builder, const Op& op, const char* operand, const char* flag) {
  const Constant* transposed = graph.constant(op, flag);
  const Operand& value = *graph.operand(op, operand);
  if (!transposed || !transposed->tensor().as<bool>()[0]) return value;
  const int rank = (value.is_value() ? graph.type(value.value()) : value.literal().type()).rank();
  std::vector<int32_t> perm;
  for (int axis = 0; axis < rank; ++axis) perm.push_back(axis);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return builder.add("transpose", {{"x", std::vector<Operand>{value}}, {"perm", perm}}, op.outputs[0].name);
}

bool sums_one_element(const Graph& graph, const Op& op, const OpTable& table) {
  const auto axes = axes_of(op, table, graph.function().opset, graph);
  if (!axes || op.type != "matmul") return false;
  const auto& x = axes->operands[0];
  const Operand& operand = *graph.operand(op, "x");
  const Type& type = operand.is_value() ? graph.type(operand.value()) : operand.literal().type();
  return type.shape[x.letters.find('k')] == Dim(1);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!sums_one_element(graph, op, context.table) || !op.blocks.empty()) return;
    Builder builder = context.builder(graph);
    const std::vector<Operand> x = {straight(graph, builder, op, "x", "transpose_x")};
    const std::vector<Operand> y = {straight(graph, builder, op, "y", "transpose_y")};
    const ValueId product = builder.add("mul", {{"x", x}, {"y", y}}, op.outputs[0].name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace[op.id()] = product;
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_outer_product_to_mul(PassTable& table) {
  table.add(
      {"outer_product_to_mul", Stage::kCanonicalize, {}, "products that sum one element are multiplications", find});
}

}  // namespace anemone
