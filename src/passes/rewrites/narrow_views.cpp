// SPDX-License-Identifier: Apache-2.0
// Changes of axes are made in half precision: the Neural Engine has no other, and half as much moves.
//
//     transpose(cast(x fp16, "fp32"), perm)   ->   cast(transpose(x, perm), "fp32")
//     cast(transpose(x fp32, perm), "fp16")   ->   transpose(cast(x, "fp16"), perm)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool moves(const Op& op) { return op.type == "transpose" || is_view(op); }

bool casts(const Graph& graph, const Op& op, DType from, DType to) {
  const ValueId x = op.type == "cast" ? value_of(graph, op, "x") : kNoValue;
  return x != kNoValue && graph.type(x).dtype == from && op.outputs[0].type.dtype == to;
}

// The two ops in the other order; `first` is only used by `second`.
Patch exchanged(const Graph& graph, const PassContext& context, const Op& first, const Op& second) {
  Builder builder = context.builder(graph);
  const auto again = [&](const Op& op, ValueId x, const std::string& name) {
    std::vector<Arg> args = {{"x", x}};
    for (const Argument& argument : op.arguments)
      if (argument.name != "x") args.emplace_back(argument.name, argument.operands);
    return builder.add(op.type, std::move(args), name);
  };
  const ValueId inner = again(second, value_of(graph, first, "x"), first.outputs[0].name);
  const ValueId outer = again(first, inner, second.outputs[0].name);
  Patch patch = Patch::instead_of(second, builder, outer);
  patch.remove.insert(first.id());
  return patch;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& second) {
    if (second.type != "cast" && !moves(second)) return;
    const ValueId between = value_of(graph, second, "x");
    const Op* first = between == kNoValue ? nullptr : graph.producer(between);
    if (!first || graph.users(between).size() != 1 || graph.is_function_output(between)) return;
    if (value_of(graph, *first, "x") == kNoValue) return;
    const bool late = casts(graph, *first, DType::kFloat16, DType::kFloat32) && moves(second);
    const bool early = casts(graph, second, DType::kFloat32, DType::kFloat16) && moves(*first);
    if (late || early) patches.push_back(exchanged(graph, context, *first, second));
  });
  return patches;
}

}  // namespace

void register_pass_narrow_views(PassTable& table) {
  table.add({"narrow_views", Stage::kFinish, {}, "changes of axes are made in half precision", find});
}

}  // namespace anemone
