// SPDX-License-Identifier: Apache-2.0
// A running sum of floats is a product with a triangle of ones: the Neural Engine has no running sums.
//
//     cumsum(x [B, N], axis = 1)                  ->   matmul(x, [[1, 1, 1], [0, 1, 1], [0, 0, 1]])
//     cumsum(x [B, N, C], axis = 1)               ->   matmul([[1, 0, 0], [1, 1, 0], [1, 1, 1]], x)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kLongest = 1024;  // the triangle has as many elements as its square

// Element (i, j) is 1 when element i of x counts in sum j; transposed: (j, i).
Constant triangle(int64_t n, bool exclusive, bool reverse, bool transposed, DType dtype) {
  Tensor ones(DType::kFloat32, {n, n});
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      const bool counts = (reverse ? i > j : i < j) || (i == j && !exclusive);
      ones.as<float>()[static_cast<size_t>(transposed ? j * n + i : i * n + j)] = counts ? 1 : 0;
    }
  return Constant(converted(ones, dtype));
}

bool flag(const Graph& graph, const Op& op, const char* name) {
  const Operand* operand = graph.operand(op, name);
  const auto value = operand ? constant_numbers(graph, *operand) : std::nullopt;
  return value && value->at(0) != 0;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const Type& type = op.outputs[0].type;
    const ValueId x = op.type == "cumsum" ? value_of(graph, op, "x") : kNoValue;
    if (x == kNoValue || !is_float(type.dtype) || !type.ranked || type.rank() < 2) return;
    const auto given = constant_integers(graph, op, "axis");
    const int64_t axis = given && given->at(0) < 0 ? given->at(0) + type.rank() : given ? given->at(0) : 0;
    const bool last = axis == type.rank() - 1;
    const Dim& length = type.shape[static_cast<size_t>(axis)];
    if ((!last && axis != type.rank() - 2) || !length.is_constant() || length.value() > kLongest) return;
    Builder builder = context.builder(graph);
    const Constant ones =
        triangle(length.value(), flag(graph, op, "exclusive"), flag(graph, op, "reverse"), !last, type.dtype);
    const Arg first = last ? Arg("x", x) : Arg("x", ones);
    const Arg second = last ? Arg("y", ones) : Arg("y", x);
    const ValueId sums =
        builder.add("matmul", {first, second, {"transpose_x", false}, {"transpose_y", false}}, op.outputs[0].name);
    patches.push_back(Patch::instead_of(op, builder, sums));
  });
  return patches;
}

}  // namespace

void register_pass_cumsum_to_matmul(PassTable& table) {
  table.add({"cumsum_to_matmul", Stage::kCanonicalize, {}, "running sums of floats become products", find});
}

}  // namespace anemone
