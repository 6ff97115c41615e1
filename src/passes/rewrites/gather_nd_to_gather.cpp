// SPDX-License-Identifier: Apache-2.0
// Picking a position from a batch of one: the first index of each pair can only be 0.
//
//     gather_nd(x (1, S, ..), indices (n, 2))  ->  squeeze(gather(x, second indices, axis 1))
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool picks_positions(const Graph& graph, const Op& op) {
  if (op.type != "gather_nd") return false;
  const auto batch = constant_integers(graph, op, "batch_dims");
  const ValueId x = value_of(graph, op, "x");
  const ValueId indices = value_of(graph, op, "indices");
  if (x == kNoValue || indices == kNoValue || (batch && (*batch)[0] != 0)) return false;
  const Type& values = graph.type(x);
  const Type& pairs = graph.type(indices);
  return values.ranked && pairs.ranked && values.rank() >= 2 && values.shape[0] == Dim(1) && pairs.rank() == 2 &&
         pairs.shape[1] == Dim(2);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!picks_positions(graph, op)) return;
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId positions = builder.add("slice_by_index",
                                          {{"x", value_of(graph, op, "indices")},
                                           {"begin", {0, 1}},
                                           {"end", {0, 2}},
                                           {"begin_mask", bools({2}, {true, false})},
                                           {"end_mask", bools({2}, {true, false})},
                                           {"squeeze_mask", bools({2}, {false, true})}},
                                          name + "_positions");
    std::vector<Arg> args = {{"x", value_of(graph, op, "x")}, {"indices", positions}, {"axis", 1}};
    if (const Argument* checked = op.argument("validate_indices"))
      args.emplace_back("validate_indices", checked->operands);
    const ValueId gathered = builder.add("gather", std::move(args), name);
    const ValueId result = builder.add("squeeze", {{"x", gathered}, {"axes", {0}}}, name);
    patches.push_back(Patch::instead_of(op, builder, result));
  });
  return patches;
}

}  // namespace

void register_pass_gather_nd_to_gather(PassTable& table) {
  table.add(
      {"gather_nd_to_gather", Stage::kCanonicalize, {}, "positions of a batch of one are picked along one axis", find});
}

}  // namespace anemone
