// SPDX-License-Identifier: Apache-2.0
// Products with weights that have more outputs than the target takes on one axis become several. The parts are equal up
// to rounding, so that no small tail is left over: a part with few outputs costs as much as a full one.
//
//     conv(x, w [50257, C, 1, 1])   ->   concat(conv(x, w[0:12608]), ... conv(x, w[37824:50257]))      (16384 at most)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kMultiple = 64;  // of outputs in all parts but the last

// Where parts begin, and the end.
std::vector<int64_t> borders(int64_t outputs, int64_t widest) {
  const int64_t parts = (outputs + widest - 1) / widest;
  int64_t size = (outputs + parts - 1) / parts;
  const int64_t rounded = (size + kMultiple - 1) / kMultiple * kMultiple;
  if (rounded <= widest && outputs - (parts - 1) * rounded >= kMultiple) size = rounded;
  std::vector<int64_t> result;
  for (int64_t at = 0; at < outputs; at += size) result.push_back(at);
  result.push_back(outputs);
  return result;
}

// The axis of the result that holds the outputs; nothing for other ops and for convolutions in groups.
std::optional<int> output_axis(const Graph& graph, const Op& op) {
  const Type& type = op.outputs[0].type;
  if (!type.is_tensor() || !type.ranked) return std::nullopt;
  if (op.type == "linear") return type.rank() - 1;
  if (op.type != "conv") return std::nullopt;
  const auto groups = constant_integers(graph, op, "groups");
  return groups && groups->at(0) != 1 ? std::nullopt : std::optional(1);
}

std::vector<Arg> arguments_of_part(const Graph& graph, const Op& op, int64_t begin, int64_t end) {
  std::vector<Arg> args;
  for (const Argument& argument : op.arguments) {
    const bool is_cut = argument.name == "weight" || argument.name == "bias";
    if (is_cut)
      args.push_back({argument.name, graph.constant(argument.operands[0])->sliced(0, begin, end)});
    else
      args.push_back({argument.name, argument.operands});
  }
  return args;
}

bool can_be_cut(const Graph& graph, const Op& op) {
  for (const char* name : {"weight", "bias"})
    if (op.argument(name) && !graph.constant(op, name)) return false;
  return graph.constant(op, "weight") != nullptr;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  const int64_t widest = context.settings.widest;
  for_each_op(graph, [&](const Op& op) {
    const auto axis = output_axis(graph, op);
    if (!axis || !can_be_cut(graph, op)) return;
    const int64_t outputs = graph.constant(op, "weight")->type().concrete().at(0);
    if (outputs <= widest) return;
    Builder builder = context.builder(graph);
    std::vector<ValueId> parts;
    const std::vector<int64_t> at = borders(outputs, widest);
    for (size_t i = 0; i + 1 < at.size(); ++i)
      parts.push_back(builder.add(op.type, arguments_of_part(graph, op, at[i], at[i + 1]),
                                  op.outputs[0].name + "_" + std::to_string(i)));
    const ValueId whole = builder.add("concat", {{"values", parts}, {"axis", *axis}}, op.outputs[0].name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace[op.id()] = whole;
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_split_wide_projections(PassTable& table) {
  table.add({"split_wide_projections", Stage::kFinish, {}, "no product has more outputs than the target takes", find});
}

}  // namespace anemone
