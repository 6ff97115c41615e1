// SPDX-License-Identifier: Apache-2.0
// The epsilon of a norm over halves is at least a number that halves can hold: smaller ones are 0 on the Neural Engine,
// and a row of equal values is then divided by 0.
//
//     layer_norm(x: fp16, epsilon = 1e-12)   ->   layer_norm(x, epsilon = 1.19e-07)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr double kSmallest = 0x1p-23;  // two steps of the smallest halves: exact in fp16 and in fp32

bool is_norm(const std::string& type) {
  return type == "layer_norm" || type == "instance_norm" || type == "batch_norm" || type == "l2_norm";
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!is_norm(op.type) || op.outputs[0].type.dtype != DType::kFloat16) return;
    const Constant* epsilon = graph.constant(op, "epsilon");
    if (!epsilon || to_doubles(epsilon->tensor()).at(0) >= kSmallest) return;
    Builder builder = context.builder(graph);
    const ValueId raised = builder.constant(Constant::of(static_cast<float>(kSmallest), epsilon->type().dtype),
                                            op.outputs[0].name + "_epsilon");
    auto changed = std::make_shared<Op>(op);
    for (Argument& argument : changed->arguments)
      if (argument.name == "epsilon") argument.operands = {Operand(raised)};
    Patch patch = Patch::insert_before(op, builder);
    patch.rebuild[op.id()] = changed;
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_norm_epsilons(PassTable& table) {
  table.add(
      {"norm_epsilons", Stage::kFuse, {"fuse_norms"}, "epsilons of norms that halves can hold", find, false, true});
}

}  // namespace anemone
