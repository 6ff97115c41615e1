// SPDX-License-Identifier: Apache-2.0
// With --norms fp32, norms of halves are islands of single precision. The Neural Engine has no such thing: other units
// compute them, and a change of units stands before and after each.
//
//     layer_norm(x, gamma, beta)   ->   cast(layer_norm(cast(x, fp32), gamma, beta), fp16)
#include <set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool is_norm(const Op& op) {
  static const std::set<std::string> kNorms = {"layer_norm", "instance_norm", "l2_norm"};
  return kNorms.count(op.type) > 0 && op.outputs[0].type.dtype == DType::kFloat16;
}

// Constants in single precision; nothing when an argument besides x is none.
std::optional<std::vector<Arg>> wide_arguments(const Graph& graph, const Op& op, ValueId x) {
  std::vector<Arg> args = {{"x", x}};
  for (const Argument& argument : op.arguments) {
    if (argument.name == "x") continue;
    const Constant* constant = graph.constant(op, argument.name);
    if (!constant) return std::nullopt;
    const bool is_half = constant->type().dtype == DType::kFloat16;
    args.emplace_back(argument.name, is_half ? constant->cast(DType::kFloat32) : *constant);
  }
  return args;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  if (!context.settings.float32_norms) return patches;
  for_each_op(graph, [&](const Op& op) {
    const ValueId x = is_norm(op) ? value_of(graph, op, "x") : kNoValue;
    if (x == kNoValue) return;
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId wide = builder.add("cast", {{"x", x}, {"dtype", std::string("fp32")}}, name + "_in");
    auto args = wide_arguments(graph, op, wide);
    if (!args) return;
    const ValueId normal = builder.add(op.type, std::move(*args), name + "_fp32");
    patches.push_back(
        Patch::instead_of(op, builder, builder.add("cast", {{"x", normal}, {"dtype", std::string("fp16")}}, name)));
  });
  return patches;
}

}  // namespace

void register_pass_float32_norms(PassTable& table) {
  table.add({"float32_norms", Stage::kFinish, {}, "norms in single precision, with --norms fp32", find});
}

}  // namespace anemone
