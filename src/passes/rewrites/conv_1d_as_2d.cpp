// SPDX-License-Identifier: Apache-2.0
// A convolution over one axis is one over two of which the first has size 1: (B, C, T) is seen as (B, C, 1, T).
//
//     conv(x (B, C, T), w (O, C, K))  ->  squeeze(conv(expand_dims(x), w (O, C, 1, K)))
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Entries for the new axis in front of those of the old one.
Arg with_axis(const std::string& name, std::vector<int64_t> entries, const std::vector<int32_t>& in_front) {
  std::vector<int32_t> all = in_front;
  for (const int64_t entry : entries) all.push_back(static_cast<int32_t>(entry));
  return {name, all};
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "conv" || op.outputs[0].type.rank() != 3) return;
    const Constant* weight = graph.constant(op, "weight");
    if (!weight) return;
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const std::vector<Operand> x = {*graph.operand(op, "x")};
    ConcreteShape shape = weight->type().concrete();
    shape.insert(shape.begin() + 2, 1);
    std::vector<Arg> args = {{"x", builder.add("expand_dims", {{"x", x}, {"axes", {2}}}, name)},
                             {"weight", weight->reshaped(shape)}};
    for (const Argument& argument : op.arguments) {
      if (argument.name == "x" || argument.name == "weight") continue;
      const auto entries = constant_integers(graph, op, argument.name);
      if (argument.name == "strides" || argument.name == "dilations")
        args.push_back(with_axis(argument.name, *entries, {1}));
      else if (argument.name == "pad")
        args.push_back(with_axis(argument.name, *entries, {0, 0}));
      else
        args.emplace_back(argument.name, argument.operands);
    }
    const ValueId wide = builder.add("conv", std::move(args), name);
    const ValueId result = builder.add("squeeze", {{"x", wide}, {"axes", {2}}}, name);
    patches.push_back(Patch::instead_of(op, builder, result));
  });
  return patches;
}

}  // namespace

void register_pass_conv_1d_as_2d(PassTable& table) {
  table.add({"conv_1d_as_2d", Stage::kCanonicalize, {}, "convolutions over one axis become ones over two", find});
}

}  // namespace anemone
