// SPDX-License-Identifier: Apache-2.0
// The other half of a rotary embedding in pairs is a product with a small constant matrix, exact in any arithmetic:
// nothing strides over channels.
//
//     reshape(stack(-x[.., 1::2], x[.., 0::2], axis = -1))   ->   matmul(x, R)      R = blocks of [[0, 1], [-1, 0]]
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Every second element of x along the last axis, perhaps times a factor.
struct Half {
  ValueId x = kNoValue;
  int64_t begin = 0;
  double factor = 1;
};

std::optional<Half> half_of(const Graph& graph, ValueId value) {
  Half half;
  const Op* op = graph.producer(value);
  if (op && op->type == "mul") {
    const bool right = graph.constant(*op, "y") != nullptr;
    const auto factor = constant_numbers(graph, *graph.operand(*op, right ? "y" : "x"));
    if (!factor || factor->size() != 1 || std::fabs((*factor)[0]) != 1) return std::nullopt;
    half.factor = (*factor)[0];
    value = value_of(graph, *op, right ? "x" : "y");
    op = value == kNoValue ? nullptr : graph.producer(value);
  }
  if (!op || op->type != "slice_by_index") return std::nullopt;
  half.x = value_of(graph, *op, "x");
  const auto stride = constant_integers(graph, *op, "stride");
  const auto begin = constant_integers(graph, *op, "begin");
  const auto open = constant_integers(graph, *op, "begin_mask");
  if (half.x == kNoValue || !stride || !begin || !graph.type(half.x).is_concrete()) return std::nullopt;
  const ConcreteShape whole = graph.type(half.x).concrete();
  const Type& type = op->outputs[0].type;
  if (whole.empty() || type.rank() != static_cast<int>(whole.size()) || !type.is_concrete()) return std::nullopt;
  for (size_t a = 0; a + 1 < whole.size(); ++a)
    if (type.concrete()[a] != whole[a] || (*stride)[a] != 1) return std::nullopt;
  if (stride->back() != 2 || whole.back() % 2 != 0 || type.concrete().back() * 2 != whole.back()) return std::nullopt;
  half.begin = open && open->back() ? 0 : begin->back();
  return half;
}

// The two values that are put side by side along a new last axis.
std::vector<ValueId> woven(const Graph& graph, const Op& op) {
  const auto axis = constant_integers(graph, op, "axis");
  const Argument* values = op.argument("values");
  if ((op.type != "stack" && op.type != "concat") || !axis || !values || values->operands.size() != 2) return {};
  if ((*axis)[0] != -1 && (*axis)[0] != op.outputs[0].type.rank() - 1) return {};
  std::vector<ValueId> parts;
  for (const Operand& operand : values->operands) {
    if (!operand.is_value()) return {};
    parts.push_back(operand.value());
    if (op.type == "stack") continue;
    const Op* opened = graph.producer(operand.value());
    if (!opened || !is_view(*opened) || graph.type(operand.value()).shape.back() != Dim(1)) return {};
    parts.back() = value_of(graph, *opened, "x");
    if (parts.back() == kNoValue) return {};
  }
  return parts;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId stacked = op.type == "reshape" ? value_of(graph, op, "x") : kNoValue;
    const Op* weaving = stacked == kNoValue ? nullptr : graph.producer(stacked);
    const std::vector<ValueId> parts = weaving ? woven(graph, *weaving) : std::vector<ValueId>();
    if (parts.size() != 2) return;
    const auto first = half_of(graph, parts[0]);
    const auto second = half_of(graph, parts[1]);
    if (!first || !second || first->x != second->x || first->begin != 1 || second->begin != 0) return;
    if (!same_tensor(graph.type(first->x), op.outputs[0].type)) return;
    const int64_t width = graph.type(first->x).concrete().back();
    if (width > 1024) return;
    std::vector<float> rotation(static_cast<size_t>(width * width), 0);
    for (int64_t i = 0; i < width; i += 2) {
      rotation[static_cast<size_t>((i + 1) * width + i)] = static_cast<float>(first->factor);
      rotation[static_cast<size_t>(i * width + i + 1)] = static_cast<float>(second->factor);
    }
    const Tensor matrix = Tensor::of<float>(DType::kFloat32, {width, width}, rotation);
    Builder builder = context.builder(graph);
    const ValueId turned = builder.add("matmul",
                                       {{"x", first->x},
                                        {"y", Constant(converted(matrix, op.outputs[0].type.dtype))},
                                        {"transpose_x", false},
                                        {"transpose_y", false}},
                                       op.outputs[0].name);
    patches.push_back(Patch::instead_of(op, builder, turned));
  });
  return patches;
}

}  // namespace

void register_pass_pair_rotation(PassTable& table) {
  table.add({"pair_rotation", Stage::kCanonicalize, {}, "rotations in pairs are products with a small matrix", find});
}

}  // namespace anemone
