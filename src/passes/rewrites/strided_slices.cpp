// SPDX-License-Identifier: Apache-2.0
// Every n-th element is one of n columns (rotary embeddings in pairs): then the axis is cut, and nothing strides.
//
//     slice_by_index(x (.., 2 m, ..), begin 1, stride 2)  ->  slice_by_size(reshape(x, (.., m, 2, ..)), begin 1, size
//     1)
#include "passes/columns.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto column = column_of(graph, op);
    if (!column || op.outputs[0].type.rank() > 4) return;
    const ValueId x = value_of(graph, op, "x");
    std::vector<int32_t> cut, begin, size, result;
    const Shape& shape = graph.type(x).shape;
    for (size_t a = 0; a < shape.size(); ++a) {
      const bool here = a == column->axis;
      const auto whole = static_cast<int32_t>(shape[a].value());
      const auto kept = here ? whole / static_cast<int32_t>(column->stride) : whole;
      for (auto* list : {&cut, &size, &result}) list->push_back(kept);
      begin.push_back(0);
      if (!here) continue;
      cut.push_back(static_cast<int32_t>(column->stride));
      begin.push_back(static_cast<int32_t>(column->begin));
      size.push_back(1);
    }
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId columns = builder.add("reshape", {{"x", x}, {"shape", cut}}, name);
    const ValueId one = builder.add("slice_by_size", {{"x", columns}, {"begin", begin}, {"size", size}}, name);
    const ValueId closed = builder.add("reshape", {{"x", one}, {"shape", result}}, name);
    patches.push_back(Patch::instead_of(op, builder, closed));
  });
  return patches;
}

}  // namespace

void register_pass_strided_slices(PassTable& table) {
  table.add(
      {"strided_slices", Stage::kCanonicalize, {"pair_rotation"}, "every n-th element is one of n columns", find});
}

}  // namespace anemone
