// SPDX-License-Identifier: Apache-2.0
#include "passes/columns.h"

#include "passes/match.h"

namespace anemone {

std::optional<Column> column_of(const Graph& graph, const Op& op) {
  const ValueId x = op.type == "slice_by_index" ? value_of(graph, op, "x") : kNoValue;
  if (x == kNoValue) return std::nullopt;
  const Type& whole = graph.type(x);
  const Type& result = op.outputs[0].type;
  const auto strides = constant_integers(graph, op, "stride");
  const auto begins = constant_integers(graph, op, "begin");
  const auto open = constant_integers(graph, op, "begin_mask");
  if (!strides || !begins || !whole.is_concrete() || !result.is_concrete() || whole.rank() != result.rank())
    return std::nullopt;
  std::optional<Column> column;
  for (size_t a = 0; a < strides->size(); ++a) {
    const int64_t size = whole.shape[a].value();
    const int64_t count = result.shape[a].value();
    const int64_t stride = (*strides)[a];
    if (stride == 1 && count == size) continue;
    if (column || stride < 2 || size % stride != 0 || count != size / stride) return std::nullopt;
    int64_t begin = open && (*open)[a] ? 0 : (*begins)[a];
    if (begin < 0) begin += size;
    if (begin < 0 || begin >= stride) return std::nullopt;
    column = Column{a, stride, begin};
  }
  return column;
}

}  // namespace anemone
