// SPDX-License-Identifier: Apache-2.0
// The layout that the Neural Engine likes, for the whole function at once: tokens on the last axis, channels on the
// second, projections as convolutions, attention one head at a time. See form/lowering.h.
//
//     x (B, S, C)                                ->   x (B, C, 1, S)
//     linear(x, w)                                    conv(x, w as 1x1)
//     reshape, transpose, matmul, softmax, matmul     split, einsum, softmax over axis 1, einsum, concat
#include <algorithm>

#include "base/error.h"
#include "passes/form/lowering.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Loops and branches are left as they are.
bool has_blocks(const Graph& graph) {
  const auto& ops = graph.function().body.ops;
  return std::any_of(ops.begin(), ops.end(), [](const OpPtr& op) { return !op->blocks.empty(); });
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  if (has_blocks(graph)) return {};
  form::Lowered lowered;
  try {
    lowered = form::lower(graph, context.table, context.settings.attention);
  } catch (const Error&) {  // some value cannot be brought back into the axes that an output or another op needs
    return {};
  }
  if (lowered.projections + lowered.contractions == 0) return {};
  return {std::move(lowered.patch)};
}

}  // namespace

void register_pass_neural_engine_layout(PassTable& table) {
  table.add(
      {"neural_engine_layout", Stage::kForm, {}, "(B, C, 1, S), 1x1 convolutions, attention by heads", find, true});
}

}  // namespace anemone
