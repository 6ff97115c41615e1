// SPDX-License-Identifier: Apache-2.0
// A reshape only needs the elements, not the shape that they had in between; and views that end in the shape they began
// with cancel.
//
//     b = reshape(reshape(x, [6]), [2, -1])        ->   reshape(x, [2, -1])
//     b = squeeze(expand_dims(x, [1]), [1])        ->   x
//     b = reshape(reshape(x, [2, 3]), [0, -1])          stays when the shape is not known: 0 copies from in between
//     b = reshape(reshape(x5, [B, C, H, W]), [B, C, 1, H * W])   stays: the first joins the groups of a norm, and
//     compilers
//                                                                look for the pair around it
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// The shape argument that gives the same from any source; nothing when it refers to x's dimensions.
std::optional<std::vector<int32_t>> target(const Graph& graph, const Op& op) {
  const Type& type = op.outputs[0].type;
  auto shape = constant_integers(graph, op, "shape");
  if (!shape) return std::nullopt;
  if (std::find(shape->begin(), shape->end(), 0) != shape->end()) {
    if (!type.is_concrete()) return std::nullopt;
    shape = type.concrete();
    if (std::find(shape->begin(), shape->end(), 0) != shape->end()) return std::nullopt;
  }
  return std::vector<int32_t>(shape->begin(), shape->end());
}

bool joins_groups(const Type& before, const Type& image, const Type& after) {
  return before.rank() == 5 && image.rank() == 4 && after.rank() == 4 &&
         provably_equal(image.shape[1], before.shape[1] * before.shape[2]) && image.shape[1] == after.shape[1];
}

void merge(const Graph& graph, const PassContext& context, const Op& op, std::vector<Patch>& patches) {
  const ValueId between = is_view(op) ? value_of(graph, op, "x") : kNoValue;
  const Op* first = between == kNoValue ? nullptr : graph.producer(between);
  const ValueId x = first && is_view(*first) ? value_of(graph, *first, "x") : kNoValue;
  if (x == kNoValue) return;
  if (same_view(graph.type(x), op.outputs[0].type)) {
    if (needs_identity(graph, op.id(), x)) return;
    patches.push_back(Patch::use_instead(op.id(), x));
  } else {
    const auto shape = op.type == "reshape" ? target(graph, op) : std::nullopt;
    if (!shape || !graph.type(x).ranked || joins_groups(graph.type(x), graph.type(between), op.outputs[0].type)) return;
    Builder builder = context.builder(graph);
    const ValueId merged = builder.add("reshape", {{"shape", *shape}, {"x", x}}, op.outputs[0].name);
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

void register_pass_merge_consecutive_reshapes(PassTable& table) {
  table.add({"merge_consecutive_reshapes", Stage::kCleanUp, {}, "reshapes of reshapes start from the first", find});
}

}  // namespace anemone
