// SPDX-License-Identifier: Apache-2.0
// Two transposes become one, or none when the second undoes the first.
//
//     b = transpose(transpose(x, [0, 2, 1]), [1, 0, 2])    ->   transpose(x, [2, 0, 1])
//     b = transpose(transpose(x, [0, 2, 1]), [0, 2, 1])    ->   x
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

void merge(const Graph& graph, const PassContext& context, const Op& op, std::vector<Patch>& patches) {
  const Op* first = op.type == "transpose" ? producer_of(graph, op, "x", "transpose") : nullptr;
  const ValueId x = first ? value_of(graph, *first, "x") : kNoValue;
  if (x == kNoValue) return;
  const auto inner = permutation(graph, *first);
  const auto outer = permutation(graph, op);
  if (!inner || !outer || inner->size() != outer->size()) return;
  std::vector<int32_t> both;
  for (const int axis : *outer) both.push_back(inner->at(static_cast<size_t>(axis)));
  if (is_identity({both.begin(), both.end()})) {
    if (needs_identity(graph, op.id(), x)) return;
    patches.push_back(Patch::use_instead(op.id(), x));
  } else {
    Builder builder = context.builder(graph);
    const ValueId merged = builder.add("transpose", {{"perm", both}, {"x", x}}, op.outputs[0].name);
    patches.push_back(Patch::insert_before(op, builder));
    patches.back().replace[op.id()] = merged;
  }
  patches.back().remove = {op.id()};
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) { merge(graph, context, op, patches); });
  return patches;
}

}  // namespace

void register_pass_merge_consecutive_transposes(PassTable& table) {
  table.add({"merge_consecutive_transposes", Stage::kCleanUp, {}, "two transposes become one or none", find});
}

}  // namespace anemone
