// SPDX-License-Identifier: Apache-2.0
#include "passes/native_io.h"

#include <algorithm>
#include <optional>
#include <set>

#include "ir/graph.h"
#include "ir/patch.h"
#include "ops/ops.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int kFirstOpsetWithHalves = 6;

bool only_moves(const Op& op) { return op.type == "cast" || op.type == "transpose" || is_view(op); }

bool is_native(const Type& type) {
  return type.is_tensor() && type.dtype == DType::kFloat16 && type.is_concrete() &&
         (type.rank() != 4 || type.shape[2] == Dim(1));
}

// What an output is made from: behind as many casts and changes of axes as there are.
std::optional<ValueId> inner_source(const Graph& graph, ValueId output) {
  ValueId value = output;
  std::optional<ValueId> found;
  for (const Op* op = graph.producer(value); op && only_moves(*op); op = graph.producer(value)) {
    const ValueId next = value_of(graph, *op, "x");
    if (next == kNoValue || !is_float(graph.type(next).dtype)) break;
    value = next;
    const Op* maker = graph.producer(value);
    if (is_native(graph.type(value)) && maker && maker->type != "const" && !graph.is_block_output(value)) found = value;
  }
  return found;
}

// What an input becomes: behind casts and changes of axes that nobody else looks into.
std::optional<ValueId> inner_use(const Graph& graph, ValueId input) {
  if (!graph.type(input).is_tensor() || !is_float(graph.type(input).dtype)) return std::nullopt;
  ValueId value = input;
  std::optional<ValueId> found;
  while (!graph.is_block_output(value) && graph.users(value).size() == 1) {
    const Op& user = *graph.users(value)[0];
    if (!only_moves(user) || value_of(graph, user, "x") != value || !is_float(user.outputs[0].type.dtype)) break;
    value = user.id();
    if (is_native(graph.type(value)) && !graph.is_block_output(value)) found = value;
  }
  return found;
}

std::map<ValueId, ValueId> native_inputs(const Graph& graph) {
  std::map<ValueId, ValueId> natives;
  for (const Output& input : graph.function().inputs)
    if (const auto inner = inner_use(graph, input.id)) natives[input.id] = *inner;
  return natives;
}

// Outputs that are arrays; none stands for two.
std::map<ValueId, ValueId> native_outputs(const Graph& graph) {
  std::map<ValueId, ValueId> natives;
  std::set<ValueId> taken;
  const auto& features = graph.function().output_features;
  for (const ValueId output : graph.function().body.outputs) {
    const auto feature = std::find_if(features.begin(), features.end(),
                                      [&](const Feature& candidate) { return candidate.name == graph.name(output); });
    if (feature == features.end() || feature->kind != Feature::Kind::kArray) continue;
    if (const auto inner = inner_source(graph, output); inner && taken.insert(*inner).second) natives[output] = *inner;
  }
  return natives;
}

Function with_native_inputs(const Function& function) {
  const Graph graph(function);
  Patch patch;
  for (const auto& [input, inner] : native_inputs(graph)) {
    patch.replace[inner] = input;
    patch.retype_inputs[input] = graph.type(inner);
    for (const Op* op = graph.producer(inner); op; op = graph.producer(value_of(graph, *op, "x")))
      patch.remove.insert(op->id());
  }
  return patch.replace.empty() ? function : apply(function, {patch}, op_table()).function;
}

void describe(Feature& feature, const Type& type) {
  feature.dtype = type.dtype;
  feature.shape = type.concrete();
  feature.enumerated_shapes.clear();
  feature.shape_ranges.clear();
}

Function with_native_outputs(const Function& function) {
  const Graph graph(function);
  Function result = function;
  std::map<ValueId, std::string> names;
  const std::map<ValueId, ValueId> natives = native_outputs(graph);
  for (ValueId& output : result.body.outputs) {
    const auto native = natives.find(output);
    if (native == natives.end()) continue;
    const std::string& name = graph.name(output);
    names[native->second] = name;
    names.emplace(output, name + "_as_before");
    for (Feature& feature : result.output_features)
      if (feature.name == name) describe(feature, graph.type(native->second));
    output = native->second;
  }
  for (OpPtr& op : result.body.ops) {
    if (std::none_of(op->outputs.begin(), op->outputs.end(), [&](const Output& o) { return names.count(o.id) > 0; }))
      continue;
    auto renamed = std::make_shared<Op>(*op);
    for (Output& output : renamed->outputs)
      if (const auto name = names.find(output.id); name != names.end()) output.name = name->second;
    op = std::move(renamed);
  }
  return result;
}

}  // namespace

std::map<std::string, ValueId> native_values(const Program& program) {
  std::map<std::string, ValueId> natives;
  if (program.main().opset < kFirstOpsetWithHalves) return natives;
  const Graph graph(program.main());
  for (const auto& [input, inner] : native_inputs(graph)) natives[graph.name(input)] = inner;
  const Function changed = with_native_inputs(program.main());
  for (const auto& [output, inner] : native_outputs(Graph(changed))) natives[graph.name(output)] = inner;
  return natives;
}

Program with_native_io(const Program& program) {
  if (program.main().opset < kFirstOpsetWithHalves) return program;
  Program result = program;
  result.functions[program.default_function] =
      std::make_shared<const Function>(with_native_outputs(with_native_inputs(program.main())));
  return run_passes_by_name(result, {"dead_code_elimination"}, op_table());
}

}  // namespace anemone
