// SPDX-License-Identifier: Apache-2.0
#include "passes/mask_source.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "ir/builder.h"
#include "ir/graph.h"
#include "ops/ops.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr float kHides = -1000;  // what is at most this is taken out by softmax

constexpr int64_t kCountable = 2048;  // whole numbers up to this are halves

// A constant of two long axes whose numbers are 0 or hide, added to what a softmax sees.
struct Mask {
  const Op* constant = nullptr;
  size_t keys = 0;  // axes
  size_t queries = 0;

  const Constant& value() const { return constant->argument("val")->operands[0].literal(); }
};

bool only_hides(const Constant& constant) {
  if (!constant.type().is_tensor() || !is_float(constant.type().dtype)) return false;
  const Tensor values = constant.tensor();
  const auto numbers = values.as<float>();
  return std::all_of(numbers.begin(), numbers.end(), [](float v) { return v == 0 || v <= kHides; }) &&
         std::any_of(numbers.begin(), numbers.end(), [](float v) { return v != 0; });
}

// The axis that the softmax behind an addition runs over, counted from the end.
std::optional<int> softmax_axis(const Graph& graph, ValueId value) {
  for (int step = 0; step < 4; ++step) {
    const auto& users = graph.users(value);
    if (users.size() != 1 || users[0]->outputs.size() != 1) return std::nullopt;
    if (users[0]->type == "softmax") {
      const auto axis = constant_integers(graph, *users[0], "axis");
      const int rank = graph.type(value).rank();
      const auto at = axis ? static_cast<int>(axis->at(0)) : -1;
      return at < 0 ? at : at - rank;
    }
    if (users[0]->type != "add" && users[0]->type != "cast") return std::nullopt;
    value = users[0]->id();
  }
  return std::nullopt;
}

std::optional<Mask> mask_of(const Graph& graph, const Op& op) {
  if (op.type != "const" || !op.outputs[0].type.is_concrete()) return std::nullopt;
  const ConcreteShape shape = op.outputs[0].type.concrete();
  if (std::count_if(shape.begin(), shape.end(), [](int64_t size) { return size > 1; }) != 2) return std::nullopt;
  std::optional<int> axis;
  for (const Op* user : graph.users(op.id())) {
    const auto found = user->type == "add" ? softmax_axis(graph, user->id()) : std::nullopt;
    if (!found || (axis && *axis != *found)) return std::nullopt;
    axis = found;
  }
  const int rank = static_cast<int>(shape.size());
  if (!axis || -*axis > rank || shape[static_cast<size_t>(rank + *axis)] == 1) return std::nullopt;
  if (!only_hides(op.argument("val")->operands[0].literal())) return std::nullopt;
  Mask mask{&op, static_cast<size_t>(rank + *axis), 0};
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] > 1 && i != mask.keys) mask.queries = i;
  return mask;
}

Mask only_mask(const Graph& graph, std::vector<const Op*>& all) {
  std::optional<Mask> first;
  for (const OpPtr& op : graph.function().body.ops) {
    const auto mask = mask_of(graph, *op);
    if (!mask) continue;
    if (first && !equal(first->value(), mask->value())) fail("--mask: the attentions have different constant masks");
    if (!first) first = mask;
    all.push_back(op.get());
  }
  if (!first) fail("--mask: no attention has a constant mask of queries and keys");
  return *first;
}

// Positions along one axis of a mask.
Constant positions(const ConcreteShape& shape, size_t axis, DType dtype) {
  ConcreteShape sizes(shape.size(), 1);
  sizes[axis] = shape[axis];
  std::vector<float> values;
  for (int64_t i = 0; i < shape[axis]; ++i) values.push_back(static_cast<float>(i));
  return floats(sizes, values, dtype);
}

bool is_causal(const Mask& mask) {
  const Tensor values = mask.value().tensor();
  const ConcreteShape& shape = values.shape();
  for (int64_t i = 0; i < values.size(); ++i) {
    const int64_t inner = mask.keys > mask.queries ? shape[mask.keys] : shape[mask.queries];
    const int64_t key = mask.keys > mask.queries ? i % inner : i / inner;
    const int64_t query = mask.keys > mask.queries ? i / inner : i % inner;
    if ((values.as<float>()[static_cast<size_t>(i)] != 0) != (key > query)) return false;
  }
  return true;
}

// Where keys are behind the query or not below the length: a large negative number, else 0. Distances are whole
// numbers, so that a clamp to 0 .. 1 is a comparison that needs no bools.
ValueId compared(Builder& builder, const Mask& mask, ValueId length) {
  const DType dtype = mask.value().type().dtype;
  const ConcreteShape shape = mask.value().type().concrete();
  const Tensor values = mask.value().tensor();
  const float hides = *std::min_element(values.as<float>().begin(), values.as<float>().end());
  const auto keys = builder.constant(positions(shape, mask.keys, dtype), "mask_keys");
  const auto queries = builder.constant(positions(shape, mask.queries, dtype), "mask_queries");
  const auto step = [&](ValueId distance, const std::string& name) {
    return builder.add(
        "clip", {{"x", distance}, {"alpha", Constant::of(0.0F, dtype)}, {"beta", Constant::of(1.0F, dtype)}}, name);
  };
  const ValueId count = builder.add("cast", {{"x", length}, {"dtype", std::string(name_of(dtype))}}, "mask_length");
  const ValueId last = builder.add("sub", {{"x", count}, {"y", Constant::of(1.0F, dtype)}}, "mask_last");
  const ValueId limit = builder.add("minimum", {{"x", queries}, {"y", last}}, "mask_limit");
  const ValueId behind = builder.add("sub", {{"x", keys}, {"y", limit}}, "mask_behind");
  return builder.add("mul", {{"x", step(behind, "mask_step")}, {"y", Constant::of(hides, dtype)}}, "mask");
}

std::string name_of(MaskSource source) { return source == MaskSource::kInput ? "qk_mask" : "length"; }

}  // namespace

MaskSource mask_source_from(const std::string& name) {
  if (name == "constant") return MaskSource::kConstant;
  if (name == "input") return MaskSource::kInput;
  if (name == "graph") return MaskSource::kGraph;
  fail("--mask: {}: expected constant, input or graph", name);
}

std::pair<std::string, Tensor> mask_input(const Program& program, MaskSource source) {
  const Graph graph(program.main());
  std::vector<const Op*> constants;
  const Mask mask = only_mask(graph, constants);
  if (source == MaskSource::kInput) return {name_of(source), mask.value().tensor()};
  return {name_of(source), Tensor::vector({static_cast<int32_t>(mask.value().type().concrete()[mask.keys])})};
}

Program with_mask_from(const Program& program, MaskSource source) {
  if (source == MaskSource::kConstant) return program;
  const Graph graph(program.main());
  std::vector<const Op*> constants;
  const Mask mask = only_mask(graph, constants);
  if (source == MaskSource::kGraph && !is_causal(mask)) fail("--mask: graph: the constant mask is not a causal one");
  const std::string name = name_of(source);
  if (source == MaskSource::kGraph && mask.value().element_count() > kCountable * kCountable)
    fail("--mask: graph: halves count to {} only", kCountable);
  for (const Output& input : program.main().inputs)
    if (input.name == name) fail("--mask: the model has an input {} already", name);

  Function function = program.main();
  const Type type =
      source == MaskSource::kInput ? mask.constant->outputs[0].type : Type::tensor(DType::kInt32, ConcreteShape{1});
  const bool halves = type.dtype != DType::kFloat16 || function.opset >= 6;
  if (!halves) fail("--mask: input: CoreML5 has no fp16 inputs");
  const ValueId input = function.next_value++;
  function.inputs.push_back({input, name, type});
  Feature feature;
  feature.name = name;
  feature.dtype = type.dtype;
  feature.shape = type.concrete();
  function.input_features.push_back(feature);

  const Graph wider(function);
  Builder builder(op_table(), wider);
  const ValueId made = source == MaskSource::kInput ? input : compared(builder, mask, input);
  Patch patch = Patch::insert_before(*function.body.ops.front(), builder);
  for (const Op* constant : constants) patch.replace[constant->id()] = made;
  Program result = program;
  result.functions[program.default_function] =
      std::make_shared<const Function>(apply(function, {patch}, op_table()).function);
  return run_passes_by_name(result, {"dead_code_elimination"}, op_table());
}

}  // namespace anemone
