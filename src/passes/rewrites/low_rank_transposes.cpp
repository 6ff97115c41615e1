// SPDX-License-Identifier: Apache-2.0
// A transpose of more than five axes works on fewer: those of size 1 do not count, and axes that stay together are one.
// Windows of images are cut so.
//
//     transpose(x [1, 4, 7, 4, 7, C], [0, 1, 3, 2, 4, 5])
//         ->   reshape(transpose(reshape(x, [4, 7, 4, 7 C]), [0, 2, 1, 3]), [1, 4, 4, 7, 7, C])
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int kHighestRank = 5;

// Axes of the operand in the order of the result, those that follow each other in both as one run.
std::vector<std::vector<int>> runs_of(const ConcreteShape& shape, const std::vector<int>& perm) {
  std::vector<int> rank(shape.size(), 0);  // of each axis among those that count
  int count = 0;
  for (size_t a = 0; a < shape.size(); ++a) rank[a] = shape[a] == 1 ? -1 : count++;
  std::vector<std::vector<int>> runs;
  for (const int axis : perm) {
    const int here = rank[static_cast<size_t>(axis)];
    if (here < 0) continue;
    const bool follows = !runs.empty() && rank[static_cast<size_t>(runs.back().back())] + 1 == here;
    if (!follows) runs.emplace_back();
    runs.back().push_back(axis);
  }
  return runs;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId x = op.type == "transpose" ? value_of(graph, op, "x") : kNoValue;
    const auto perm = x == kNoValue ? std::nullopt : permutation(graph, op);
    if (!perm || perm->size() <= kHighestRank || !graph.type(x).is_concrete()) return;
    const ConcreteShape shape = graph.type(x).concrete();
    const auto runs = runs_of(shape, *perm);
    if (runs.empty() || runs.size() > kHighestRank) return;
    std::vector<size_t> order(runs.size());  // of the operand's axes
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return runs[a].front() < runs[b].front(); });
    std::vector<int32_t> merged, turned(runs.size()), result;
    for (size_t i = 0; i < order.size(); ++i) {
      int64_t size = 1;
      for (const int axis : runs[order[i]]) size *= shape[static_cast<size_t>(axis)];
      merged.push_back(static_cast<int32_t>(size));
      turned[order[i]] = static_cast<int32_t>(i);
    }
    for (const int axis : *perm) result.push_back(static_cast<int32_t>(shape[static_cast<size_t>(axis)]));
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId few = builder.add("reshape", {{"x", x}, {"shape", merged}}, name);
    const ValueId moved = builder.add("transpose", {{"x", few}, {"perm", turned}}, name);
    patches.push_back(Patch::instead_of(op, builder, builder.add("reshape", {{"x", moved}, {"shape", result}}, name)));
  });
  return patches;
}

}  // namespace

void register_pass_low_rank_transposes(PassTable& table) {
  table.add({"low_rank_transposes", Stage::kCanonicalize, {}, "transposes of at most five axes", find});
}

}  // namespace anemone
