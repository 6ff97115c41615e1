// SPDX-License-Identifier: Apache-2.0
#include "passes/host_embeddings.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "ir/graph.h"
#include "passes/match.h"

namespace anemone {
namespace {

constexpr int kFirstOpsetWithHalves = 6;

bool is_weight(const Op& op) { return op.type == "const" || is_constexpr(op); }

bool is_table(const Graph& graph, const Op& op) {
  const ValueId table = value_of(graph, op, "x");
  const Op* maker = table == kNoValue ? nullptr : graph.producer(table);
  return op.type == "gather" && is_float(op.outputs[0].type.dtype) && maker && is_weight(*maker);
}

// Lookups in tables by integers that are made of the function's inputs and nothing else.
std::vector<const Op*> lookups(const Graph& graph) {
  std::set<ValueId> integers;
  for (const Output& input : graph.function().inputs)
    if (input.type.is_tensor() && !is_float(input.type.dtype)) integers.insert(input.id);
  std::vector<const Op*> found;
  for (const OpPtr& op : graph.function().body.ops) {
    bool known = op->blocks.empty() && !is_weight(*op);
    bool asks = false;
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands) {
        if (!operand.is_value() || graph.constant(operand)) continue;
        const Op* maker = graph.producer(operand.value());
        if (maker && is_weight(*maker)) continue;
        known &= integers.count(operand.value()) > 0;
        asks = true;
      }
    if (!known || !asks || !op->outputs[0].type.is_tensor()) continue;
    if (is_table(graph, *op))
      found.push_back(op.get());
    else if (!is_float(op->outputs[0].type.dtype))
      for (const Output& output : op->outputs) integers.insert(output.id);
  }
  return found;
}

Feature feature_of(const Output& output) {
  Feature feature;
  feature.name = output.name;
  feature.dtype = output.type.dtype;
  feature.shape = output.type.concrete();
  return feature;
}

// What an op reads, in nested blocks too.
void add_uses(const Op& op, std::set<ValueId>& used) {
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (operand.is_value()) used.insert(operand.value());
  for (const Block& block : op.blocks) {
    used.insert(block.outputs.begin(), block.outputs.end());
    for (const OpPtr& inner : block.ops) add_uses(*inner, used);
  }
}

// The part of a function that makes `outputs` when the values `given` are inputs.
Function part_for(const Graph& graph, const std::vector<ValueId>& outputs, const std::set<ValueId>& given) {
  Function part = graph.function();
  std::set<ValueId> used(outputs.begin(), outputs.end());
  std::vector<OpPtr> kept;
  for (auto op = graph.function().body.ops.rbegin(); op != graph.function().body.ops.rend(); ++op) {
    const bool is_used = std::any_of((*op)->outputs.begin(), (*op)->outputs.end(),
                                     [&](const Output& output) { return used.count(output.id) > 0; });
    if (given.count((*op)->id()) || !is_used) continue;
    add_uses(**op, used);
    kept.push_back(*op);
  }
  part.body.ops.assign(kept.rbegin(), kept.rend());
  part.body.outputs = outputs;
  const auto is_used = [&](const Output& input) { return used.count(input.id) > 0; };
  part.inputs.erase(
      std::remove_if(part.inputs.begin(), part.inputs.end(), [&](const Output& input) { return !is_used(input); }),
      part.inputs.end());
  const auto has_input = [&](const Feature& feature) {
    return std::any_of(part.inputs.begin(), part.inputs.end(),
                       [&](const Output& input) { return input.name == feature.name; });
  };
  auto& features = part.input_features;
  features.erase(std::remove_if(features.begin(), features.end(), [&](const Feature& f) { return !has_input(f); }),
                 features.end());
  for (const ValueId value : given)
    if (is_used(graph.output(value))) {
      part.inputs.push_back(graph.output(value));
      features.push_back(feature_of(graph.output(value)));
    }
  return part;
}

Program with_main(const Program& program, Function function) {
  Program result = program;
  result.functions = {{program.default_function, std::make_shared<const Function>(std::move(function))}};
  return result;
}

}  // namespace

HostEmbeddings with_host_embeddings(const Program& program) {
  const Function& function = program.main();
  const Graph graph(function);
  for (const Output& input : function.inputs)
    if (input.type.is_state()) fail("--host-embeddings: models with states keep their tables");
  std::vector<ValueId> rows;
  for (const Op* lookup : lookups(graph)) {
    const Type& type = lookup->outputs[0].type;
    if (!type.is_concrete()) fail("--host-embeddings: the lengths must be fixed: --shape fixes them");
    if (type.dtype == DType::kFloat16 && function.opset < kFirstOpsetWithHalves)
      fail("--host-embeddings: CoreML5 has no fp16 inputs");
    rows.push_back(lookup->id());
  }
  if (rows.empty()) fail("--host-embeddings: nothing is looked up in a table by ids that callers give");
  Function tables = part_for(graph, rows, {});
  tables.output_features.clear();
  for (const ValueId row : rows) tables.output_features.push_back(feature_of(graph.output(row)));
  tables.predicted_feature_name.clear();
  tables.predicted_probabilities_name.clear();
  Function model = part_for(graph, function.body.outputs, {rows.begin(), rows.end()});
  return {with_main(program, std::move(tables)), with_main(program, std::move(model))};
}

}  // namespace anemone
