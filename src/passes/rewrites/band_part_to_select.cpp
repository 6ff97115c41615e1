// SPDX-License-Identifier: Apache-2.0
// A band of a matrix is a choice by a constant, which runs on the Neural Engine, while band_part does not.
//
//     band_part(x [.., 3, 3], lower = -1, upper = 0)   ->   select(cond = [[1, 0, 0], [1, 1, 0], [1, 1, 1]], x, 0)
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// 1 for the elements that stay; a negative number of diagonals is all of them.
Constant band(int64_t rows, int64_t columns, int64_t lower, int64_t upper) {
  Tensor tensor(DType::kBool, {rows, columns});
  for (int64_t i = 0; i < rows * columns; ++i) {
    const int64_t above = i % columns - i / columns;
    const bool stays = (lower < 0 || -above <= lower) && (upper < 0 || above <= upper);
    tensor.bytes()[i] = static_cast<std::byte>(stays);
  }
  return Constant(std::move(tensor));
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  constexpr int64_t kLargest = 1 << 26;  // elements of the constant
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "band_part") return;
    const Type& type = op.outputs[0].type;
    const auto lower = constant_integers(graph, op, "lower");
    const auto upper = constant_integers(graph, op, "upper");
    if (!type.is_concrete() || type.rank() < 2 || !is_float(type.dtype)) return;
    const ConcreteShape shape = type.concrete();
    const int64_t rows = shape[shape.size() - 2];
    if (rows > kLargest / std::max<int64_t>(shape.back(), 1)) return;
    Builder builder = context.builder(graph);
    const Constant stays = band(rows, shape.back(), lower ? lower->at(0) : -1, upper ? upper->at(0) : -1);
    const ValueId chosen = builder.add(
        "select", {{"cond", stays}, {"a", op.argument("x")->operands}, {"b", Constant::of(0.0F, type.dtype)}},
        op.outputs[0].name);
    patches.push_back(Patch::instead_of(op, builder, chosen));
  });
  return patches;
}

}  // namespace

void register_pass_band_part_to_select(PassTable& table) {
  table.add({"band_part_to_select", Stage::kCanonicalize, {}, "a band of a matrix is chosen by a constant", find});
}

}  // namespace anemone
