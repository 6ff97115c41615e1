// SPDX-License-Identifier: Apache-2.0
// Projections of one token are bound by the weights that they read; those of the same input are one.
//
//     q, k, v = conv(x (B, C, 1, 1), wq), conv(x, wk), conv(x, wv)   ->   split(conv(x, concat(wq, wk, wv)))
#include <algorithm>
#include <map>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

bool is_plain(const Graph& graph, const Op& op) {
  if (op.type != "conv" || graph.is_function_output(op.id())) return false;
  const Constant* weight = graph.constant(op, "weight");
  const Shape& shape = op.outputs[0].type.shape;
  const bool single = shape.size() == 4 && shape[2] == Dim(1) && shape[3] == Dim(1);
  if (!weight || !single || is_sub_byte(weight->type().dtype)) return false;
  const ConcreteShape kernel = weight->type().concrete();
  const ValueId x = value_of(graph, op, "x");
  if (x == kNoValue || kernel[2] != 1 || kernel[3] != 1 || graph.type(x).shape[1] != Dim(kernel[1])) return false;
  if (op.argument("bias") && !graph.constant(op, "bias")) return false;
  return graph.type(x).shape[2] == Dim(1) && graph.type(x).shape[3] == Dim(1);
}

Constant zeros(DType dtype, int64_t count) {
  Tensor tensor(dtype, {count});
  std::fill_n(tensor.bytes(), tensor.byte_size(), std::byte{0});
  return Constant(std::move(tensor));
}

Patch merged(const Graph& graph, const PassContext& context, const std::vector<const Op*>& group) {
  std::vector<Constant> weights, biases;
  std::vector<int32_t> sizes;
  bool any_bias = false;
  for (const Op* op : group) {
    weights.push_back(*graph.constant(*op, "weight"));
    const int64_t channels = weights.back().type().concrete()[0];
    sizes.push_back(static_cast<int32_t>(channels));
    const Constant* bias = graph.constant(*op, "bias");
    any_bias |= bias != nullptr;
    biases.push_back(bias ? *bias : zeros(weights.back().type().dtype, channels));
  }
  Builder builder = context.builder(graph);
  const std::string& name = group.front()->outputs[0].name;
  std::vector<Arg> args = {{"x", value_of(graph, *group.front(), "x")}, {"weight", Constant::concatenated(weights, 0)}};
  if (any_bias) args.emplace_back("bias", Constant::concatenated(biases, 0));
  const ValueId whole = builder.add("conv", std::move(args), name + "_merged");
  const std::vector<ValueId> parts =
      builder.add_many("split", {{"x", whole}, {"split_sizes", sizes}, {"axis", 1}}, name);
  Patch patch = Patch::insert_before(*group.front(), builder);
  for (size_t i = 0; i < group.size(); ++i) {
    patch.replace[group[i]->id()] = parts[i];
    patch.remove.insert(group[i]->id());
  }
  return patch;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::map<ValueId, std::vector<const Op*>> of_input;
  for (const OpPtr& op : graph.function().body.ops)
    if (is_plain(graph, *op)) of_input[value_of(graph, *op, "x")].push_back(op.get());
  std::vector<Patch> patches;
  for (const auto& [x, group] : of_input) {
    int64_t channels = 0;
    for (const Op* op : group) channels += op->outputs[0].type.shape[1].value();
    if (group.size() > 1 && channels <= context.settings.widest) patches.push_back(merged(graph, context, group));
  }
  return patches;
}

}  // namespace

void register_pass_merge_projections(PassTable& table) {
  table.add({"merge_projections", Stage::kFinish, {}, "projections of one token from the same input become one", find});
}

}  // namespace anemone
