// SPDX-License-Identifier: Apache-2.0
// Fused attention in its parts, which every release of the compiler gets right and which can be taken apart by heads.
//
//     scaled_dot_product_attention(q, k, v, mask)
//         ->  matmul(softmax(matmul(q * a, (k * b)^T) + mask), v)      a b = 1 / sqrt(d); b = 1 when a half can be
//         exact
#include <cmath>
#include <utility>

#include "base/half.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr float kMasked = -10000;

// Two factors of the scale that the element type can hold, their product exact to 2^-20.
std::pair<float, float> factors(double scale, DType dtype) {
  if (dtype != DType::kFloat16 || round_to_half(static_cast<float>(scale)) == static_cast<float>(scale))
    return {static_cast<float>(scale), 1.F};
  std::pair<float, float> best;
  double least = 1;
  for (int step = 1024; step < 2048; ++step) {
    const float b = static_cast<float>(step) / 1024;
    const float a = round_to_half(static_cast<float>(scale / b));
    const double error = std::fabs(static_cast<double>(a) * b / scale - 1);
    if (error >= least) continue;
    least = error;
    best = {a, b};
  }
  return best;
}

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
  if (context.settings.attention == AttentionMode::kFused) return patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "scaled_dot_product_attention") return;
    const ValueId query = value_of(graph, op, "query");
    if (query == kNoValue || !graph.type(query).shape.back().is_constant()) return;
    const DType dtype = graph.type(query).dtype;
    const auto [a, b] = factors(1 / std::sqrt(static_cast<double>(graph.type(query).shape.back().value())), dtype);
    const std::string& name = op.outputs[0].name;
    std::vector<Operand> key = {*graph.operand(op, "key")};
    const std::vector<Operand> value = {*graph.operand(op, "value")};
    Builder builder = context.builder(graph);
    const ValueId scaled = builder.add("mul", {{"x", query}, {"y", Constant::of(a, dtype)}}, name + "_query");
    if (b != 1) key = {Operand(builder.add("mul", {{"x", key}, {"y", Constant::of(b, dtype)}}, name + "_key"))};
    ValueId scores =
        builder.add("matmul", {{"x", scaled}, {"y", key}, {"transpose_x", false}, {"transpose_y", true}}, name);
    scores = masked(graph, builder, op, scores, dtype);
    const ValueId weights = builder.add("softmax", {{"x", scores}, {"axis", -1}}, name);
    const ValueId result =
        builder.add("matmul", {{"x", weights}, {"y", value}, {"transpose_x", false}, {"transpose_y", false}}, name);
    patches.push_back(Patch::instead_of(op, builder, result));
  });
  return patches;
}

}  // namespace

void register_pass_decompose_attention(PassTable& table) {
  table.add({"decompose_attention", Stage::kCanonicalize, {}, "fused attention in its parts", find});
}

}  // namespace anemone
