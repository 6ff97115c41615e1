// SPDX-License-Identifier: Apache-2.0
// The other half of a rotary embedding in pairs is a product with a small constant matrix, exact in any arithmetic:
// nothing strides over channels.
//
//     reshape(stack(-x[.., 1::2], x[.., 0::2], axis = -1))   ->   matmul(x, R)      R = blocks of [[0, 1], [-1, 0]]
//
// The channels may also be the second axis from the end: then it is matmul(R^T, x).
#include <cmath>

#include "passes/columns.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kWidest = 1024;  // the matrix is stored

// Every second element of x along an axis, perhaps times a factor.
struct Half {
  ValueId x = kNoValue;
  size_t axis = 0;
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
  const auto column = op ? column_of(graph, *op) : std::nullopt;
  if (!column || column->stride != 2) return std::nullopt;
  half.x = value_of(graph, *op, "x");
  half.axis = column->axis;
  half.begin = column->begin;
  return half;
}

// Two values that are put side by side along a new axis.
struct Woven {
  std::vector<ValueId> parts;
  size_t axis = 0;
};

std::optional<Woven> woven(const Graph& graph, const Op& op) {
  const auto axis = constant_integers(graph, op, "axis");
  const Argument* values = op.argument("values");
  if ((op.type != "stack" && op.type != "concat") || !axis || !values || values->operands.size() != 2)
    return std::nullopt;
  Woven result;
  const auto at = static_cast<size_t>(normalized_axis((*axis)[0], op.outputs[0].type.rank()));
  result.axis = at;
  for (const Operand& operand : values->operands) {
    if (!operand.is_value()) return std::nullopt;
    result.parts.push_back(operand.value());
    if (op.type == "stack") continue;
    const Op* opened = graph.producer(operand.value());
    if (!opened || !is_view(*opened) || graph.type(operand.value()).shape[at] != Dim(1)) return std::nullopt;
    result.parts.back() = value_of(graph, *opened, "x");
    if (result.parts.back() == kNoValue) return std::nullopt;
  }
  return result;
}

Constant rotation(int64_t width, double first, double second, bool left, DType dtype) {
  std::vector<float> matrix(static_cast<size_t>(width * width), 0);
  const auto at = [&](int64_t from, int64_t to) -> float& {
    return matrix[static_cast<size_t>(left ? to * width + from : from * width + to)];
  };
  for (int64_t i = 0; i < width; i += 2) {
    at(i + 1, i) = static_cast<float>(first);
    at(i, i + 1) = static_cast<float>(second);
  }
  return Constant(converted(Tensor::of<float>(DType::kFloat32, {width, width}, matrix), dtype));
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId stacked = op.type == "reshape" ? value_of(graph, op, "x") : kNoValue;
    const Op* weaving = stacked == kNoValue ? nullptr : graph.producer(stacked);
    const auto pair = weaving ? woven(graph, *weaving) : std::nullopt;
    if (!pair) return;
    const auto first = half_of(graph, pair->parts[0]);
    const auto second = half_of(graph, pair->parts[1]);
    if (!first || !second || first->x != second->x || first->begin != 1 || second->begin != 0) return;
    const Type& type = op.outputs[0].type;
    const size_t axis = first->axis;
    const bool left = axis + 2 == type.shape.size();
    if (!same_tensor(graph.type(first->x), type) || second->axis != axis || pair->axis != axis + 1) return;
    const int64_t width = type.concrete()[axis];
    if (width > kWidest || (!left && axis + 1 != type.shape.size())) return;
    const Arg matrix = {left ? "x" : "y", rotation(width, first->factor, second->factor, left, type.dtype)};
    Builder builder = context.builder(graph);
    const ValueId turned =
        builder.add("matmul", {{left ? "y" : "x", first->x}, matrix, {"transpose_x", false}, {"transpose_y", false}},
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
