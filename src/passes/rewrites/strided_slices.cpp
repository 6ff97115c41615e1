// SPDX-License-Identifier: Apache-2.0
// Every n-th element is one of n columns (rotary embeddings in pairs): then the axis is cut, and nothing strides.
//
//     slice_by_index(x (.., 2 m, ..), begin 1, stride 2)  ->  slice_by_size(reshape(x, (.., m, 2, ..)), begin 1, size
//     1)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

struct Column {
  size_t axis = 0;
  int64_t stride = 1, begin = 0;
};

// The one axis with a stride, when the others are whole.
std::optional<Column> column_of(const Graph& graph, const Op& op, const Type& x) {
  const auto strides = constant_integers(graph, op, "stride");
  const auto begins = constant_integers(graph, op, "begin");
  const Type& result = op.outputs[0].type;
  if (!strides || !begins || !x.is_concrete() || !result.is_concrete() || x.rank() != result.rank() || x.rank() > 4)
    return std::nullopt;
  const auto open = constant_integers(graph, op, "begin_mask");
  std::optional<Column> column;
  for (size_t a = 0; a < strides->size(); ++a) {
    const int64_t size = x.shape[a].value();
    const int64_t count = result.shape[a].value();
    if ((*strides)[a] == 1 && count == size) continue;
    const int64_t stride = (*strides)[a];
    if (column || stride < 2 || size % stride != 0 || count != size / stride) return std::nullopt;
    int64_t begin = open && (*open)[a] ? 0 : (*begins)[a];
    if (begin < 0) begin += size;
    if (begin < 0 || begin >= stride) return std::nullopt;
    column = Column{a, stride, begin};
  }
  return column;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId x = op.type == "slice_by_index" ? value_of(graph, op, "x") : kNoValue;
    const auto column = x == kNoValue ? std::nullopt : column_of(graph, op, graph.type(x));
    if (!column) return;
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
