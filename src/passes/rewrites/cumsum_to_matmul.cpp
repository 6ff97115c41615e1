// SPDX-License-Identifier: Apache-2.0
// A running sum is a product with a triangle of ones, which the Neural Engine has.
//
//     cumsum(x [.., n], axis = -1)   ->   matmul(x, [n, n], ones on and above the diagonal)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kLongest = 4096;

// Row i, column j: whether element i is part of sum j.
Constant triangle(int64_t size, bool exclusive, bool reverse, DType dtype) {
  std::vector<float> ones;
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j) {
      const int64_t behind = reverse ? i - j : j - i;
      ones.push_back(behind > 0 || (behind == 0 && !exclusive) ? 1.0F : 0.0F);
    }
  return floats({size, size}, ones, dtype);
}

bool flag(const Graph& graph, const Op& op, const char* name) {
  const Constant* constant = graph.constant(op, name);
  return constant && std::to_integer<int>(constant->tensor().bytes()[0]) != 0;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId x = op.type == "cumsum" ? value_of(graph, op, "x") : kNoValue;
    const Type& type = op.outputs[0].type;
    if (x == kNoValue || !is_float(type.dtype) || !type.is_tensor() || !type.ranked || type.rank() < 2) return;
    const auto given = constant_integers(graph, op, "axis");
    const int axis = normalized_axis(given ? given->at(0) : 0, type.rank());
    const Dim& size = type.shape[static_cast<size_t>(axis)];
    if (!size.is_constant() || size.value() > kLongest || axis < type.rank() - 2) return;
    const Constant ones = triangle(size.value(), flag(graph, op, "exclusive"), flag(graph, op, "reverse"), type.dtype);
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const bool last = axis == type.rank() - 1;
    const ValueId sums =
        last ? builder.add("matmul", {{"x", x}, {"y", ones}, {"transpose_x", false}, {"transpose_y", false}}, name)
             : builder.add("matmul", {{"x", ones}, {"y", x}, {"transpose_x", true}, {"transpose_y", false}}, name);
    patches.push_back(Patch::instead_of(op, builder, sums));
  });
  return patches;
}

}  // namespace

void register_pass_cumsum_to_matmul(PassTable& table) {
  table.add({"cumsum_to_matmul", Stage::kCanonicalize, {}, "a running sum is a product with a triangle of ones", find});
}

}  // namespace anemone
