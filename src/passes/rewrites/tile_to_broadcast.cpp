// SPDX-License-Identifier: Apache-2.0
// Repeating an axis repeats a new one of size 1, which is a broadcast.
//
//     tile(x (B, H, S, D), (1, 2, 1, 1))   ->   reshape(tile(expand_dims(x, 1), (1, 2, 1, 1, 1)), (B, 2 H, S, D))
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId x = op.type == "tile" ? value_of(graph, op, "x") : kNoValue;
    const auto reps = constant_integers(graph, op, "reps");
    if (x == kNoValue || !reps || !op.outputs[0].type.is_concrete() || !graph.type(x).is_concrete()) return;
    std::vector<int32_t> added, wide, result;
    for (size_t a = 0; a < reps->size(); ++a) {
      result.push_back(static_cast<int32_t>(op.outputs[0].type.shape[a].value()));
      const bool opens = (*reps)[a] > 1 && graph.type(x).shape[a] != Dim(1);
      if (opens) {
        added.push_back(static_cast<int32_t>(wide.size()));
        wide.push_back(static_cast<int32_t>((*reps)[a]));
      }
      wide.push_back(opens ? 1 : static_cast<int32_t>((*reps)[a]));
    }
    if (added.empty() || wide.size() > 5) return;
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId open = builder.add("expand_dims", {{"x", x}, {"axes", added}}, name);
    const ValueId tiled = builder.add("tile", {{"x", open}, {"reps", wide}}, name);
    const ValueId closed = builder.add("reshape", {{"x", tiled}, {"shape", result}}, name);
    patches.push_back(Patch::instead_of(op, builder, closed));
  });
  return patches;
}

}  // namespace

void register_pass_tile_to_broadcast(PassTable& table) {
  table.add({"tile_to_broadcast", Stage::kCanonicalize, {}, "a repeated axis is a broadcast one", find});
}

}  // namespace anemone
