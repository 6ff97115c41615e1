// SPDX-License-Identifier: Apache-2.0
// Maxima compose: a max pool over more columns than the Neural Engine takes becomes one over fewer, a column at a time,
// and one over the rest, which may be split again.
//
//     max_pool(x, kernel [1, 12], strides [1, 3])   ->   max_pool(max_pool(x, [1, 8], [1, 1]), [1, 5], [1, 3])
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"
#include "targets/chip.h"

namespace anemone {
namespace {

// Padding of the width: before and behind. Nothing where it depends on the size of the image.
std::optional<std::vector<int64_t>> padding(const Graph& graph, const Op& op, size_t spatial) {
  const std::string type = constant_text(graph, op, "pad_type").value_or("");
  if (type == "valid") return std::vector<int64_t>(2 * spatial, 0);
  return type == "custom" ? constant_integers(graph, op, "pad") : std::nullopt;
}

std::vector<int32_t> narrow(const std::vector<int64_t>& entries) { return {entries.begin(), entries.end()}; }

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    auto kernel = op.type == "max_pool" ? constant_integers(graph, op, "kernel_sizes") : std::nullopt;
    if (!kernel || kernel->empty() || kernel->back() <= kMostMaxPoolColumns) return;
    const size_t spatial = kernel->size();
    const auto pad = padding(graph, op, spatial);
    const Operand* ceil_mode = graph.operand(op, "ceil_mode");
    const auto rounds_up = ceil_mode ? constant_numbers(graph, *ceil_mode) : std::nullopt;
    // A first window that lies in the padding alone would give minus infinity.
    if (!pad || (rounds_up && rounds_up->at(0) != 0)) return;
    if (std::max(pad->at(2 * spatial - 2), pad->at(2 * spatial - 1)) >= kMostMaxPoolColumns) return;
    const auto strides = constant_integers(graph, op, "strides");
    std::vector<int64_t> first = *kernel;
    first.back() = kMostMaxPoolColumns;
    std::vector<int64_t> rest(spatial, 1);
    rest.back() = kernel->back() - kMostMaxPoolColumns + 1;
    std::vector<int64_t> first_strides = strides.value_or(std::vector<int64_t>(spatial, 1));
    std::vector<int64_t> rest_strides(spatial, 1);
    std::swap(first_strides.back(), rest_strides.back());
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId inner = builder.add("max_pool",
                                      {{"x", value_of(graph, op, "x")},
                                       {"kernel_sizes", narrow(first)},
                                       {"strides", narrow(first_strides)},
                                       {"pad_type", "custom"},
                                       {"pad", narrow(*pad)}},
                                      name);
    const ValueId outer = builder.add(
        "max_pool",
        {{"x", inner}, {"kernel_sizes", narrow(rest)}, {"strides", narrow(rest_strides)}, {"pad_type", "valid"}}, name);
    patches.push_back(Patch::instead_of(op, builder, outer));
  });
  return patches;
}

}  // namespace

void register_pass_split_wide_pools(PassTable& table) {
  table.add({"split_wide_pools", Stage::kFinish, {}, "no max pool is wider than the Neural Engine takes", find});
}

}  // namespace anemone
