// SPDX-License-Identifier: Apache-2.0
// Fused attention in its parts, which every release of the compiler gets right and which can be taken apart by heads.
//
//     scaled_dot_product_attention(q, k, v, mask)
//         ->  matmul(softmax(matmul(q / sqrt(d), k^T) + mask), v)
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr float kMasked = -10000;

ValueId masked(const Graph& graph, Builder& builder, const Op& op, ValueId scores, DType dtype) {
  const Operand* mask = graph.operand(op, "attn_mask");
  if (!mask) return scores;
  const std::string& name = op.outputs[0].name;
  const Type& type = mask->is_value() ? graph.type(mask->value()) : mask->literal().type();
  const std::vector<Operand> operand = {*mask};
  if (is_float(type.dtype)) return builder.add("add", {{"x", scores}, {"y", operand}}, name);
  return builder.add("select", {{"cond", operand}, {"a", scores}, {"b", Constant::of(kMasked, dtype)}}, name);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "scaled_dot_product_attention") return;
    const ValueId query = value_of(graph, op, "query");
    if (query == kNoValue || !graph.type(query).shape.back().is_constant()) return;
    const DType dtype = graph.type(query).dtype;
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(graph.type(query).shape.back().value())));
    const std::string& name = op.outputs[0].name;
    const std::vector<Operand> key = {*graph.operand(op, "key")};
    const std::vector<Operand> value = {*graph.operand(op, "value")};
    Builder builder = context.builder(graph);
    const ValueId scaled = builder.add("mul", {{"x", query}, {"y", Constant::of(scale, dtype)}}, name + "_query");
    ValueId scores =
        builder.add("matmul", {{"x", scaled}, {"y", key}, {"transpose_x", false}, {"transpose_y", true}}, name);
    scores = masked(graph, builder, op, scores, dtype);
    const ValueId weights = builder.add("softmax", {{"x", scores}, {"axis", -1}}, name);
    const ValueId result =
        builder.add("matmul", {{"x", weights}, {"y", value}, {"transpose_x", false}, {"transpose_y", false}}, name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace[op.id()] = result;
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_decompose_attention(PassTable& table) {
  table.add({"decompose_attention", Stage::kCanonicalize, {}, "fused attention in its parts", find});
}

}  // namespace anemone
