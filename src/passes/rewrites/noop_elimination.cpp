// SPDX-License-Identifier: Apache-2.0
// Takes out ops that give back what they got.
//
//     identity(x)   cast to its own type   transpose by [0, 1, ...]   reshape to its own shape   whole slices
//     concat of one   split into one   pad by 0   tile by 1   x * 1   x / 1   x ^ 1   x - 0        ->   x
//
// All of these are exact, for NaN and for -0 too. x + 0 is not: -0 + 0 is 0. It goes for integers, when the constant is
// -0, and when x comes from an op that never gives -0.
#include <algorithm>
#include <array>
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

using Rule = ValueId (*)(const Graph&, const Op&);  // the value that op 0 gives back, or kNoValue

ValueId x_of(const Graph& graph, const Op& op) { return value_of(graph, op, "x"); }

ValueId x_when(bool condition, const Graph& graph, const Op& op) { return condition ? x_of(graph, op) : kNoValue; }

bool keeps_type(const Graph& graph, const Op& op) {
  const ValueId x = x_of(graph, op);
  return x != kNoValue && same_view(graph.type(x), op.outputs[0].type);
}

bool never_negative_zero(const Graph& graph, ValueId x) {
  static constexpr std::array<std::string_view, 6> kOps = {"exp", "exp2", "sigmoid", "softmax", "abs", "square"};
  const Op* op = graph.producer(x);
  if (!op) return false;
  if (std::find(kOps.begin(), kOps.end(), op->type) != kOps.end()) return true;
  const ValueId source = op->type == "cast" ? x_of(graph, *op) : kNoValue;
  return source != kNoValue && !is_float(graph.type(source).dtype);
}

// The other operand of a binary op when `operand` is constant, all `wanted`, and does not change the shape.
ValueId beside(const Graph& graph, const Op& op, const char* kept, const char* operand, double wanted) {
  const ValueId value = value_of(graph, op, kept);
  const Operand* other = graph.operand(op, operand);
  if (value == kNoValue || !other) return kNoValue;
  const auto numbers = constant_numbers(graph, *other);
  const Constant* constant = graph.constant(*other);
  if (!numbers || !keeps_shape(graph.type(value), constant->type())) return kNoValue;
  const bool all = std::all_of(numbers->begin(), numbers->end(), [&](double number) {
    return number == wanted && std::signbit(number) == std::signbit(wanted);
  });
  return all ? value : kNoValue;
}

ValueId add(const Graph& graph, const Op& op) {
  for (const auto& [kept, other] : {std::pair("x", "y"), std::pair("y", "x")}) {
    if (const ValueId value = beside(graph, op, kept, other, -0.0)) return value;
    const ValueId value = beside(graph, op, kept, other, 0.0);
    if (value != kNoValue && (!is_float(graph.type(value).dtype) || never_negative_zero(graph, value))) return value;
  }
  return kNoValue;
}

ValueId mul(const Graph& graph, const Op& op) {
  const ValueId left = beside(graph, op, "x", "y", 1);
  return left != kNoValue ? left : beside(graph, op, "y", "x", 1);
}

ValueId floor_div(const Graph& graph, const Op& op) {
  const ValueId value = beside(graph, op, "x", "y", 1);
  return value != kNoValue && !is_float(graph.type(value).dtype) ? value : kNoValue;
}

ValueId transpose(const Graph& graph, const Op& op) {
  const auto perm = permutation(graph, op);
  return x_when(perm && is_identity(*perm), graph, op);
}

// Numbers at [i] of an optional argument: `otherwise` when it is absent, nothing when it is not constant.
std::optional<int64_t> at(const Graph& graph, const Op& op, const char* argument, size_t i, int64_t otherwise) {
  if (!op.argument(argument)) return otherwise;
  const auto numbers = constant_integers(graph, op, argument);
  return numbers && i < numbers->size() ? std::optional<int64_t>((*numbers)[i]) : std::nullopt;
}

ValueId slice_by_index(const Graph& graph, const Op& op) {
  const ValueId x = x_of(graph, op);
  if (x == kNoValue || !graph.type(x).ranked || op.outputs[0].type.rank() != graph.type(x).rank()) return kNoValue;
  const Shape& shape = graph.type(x).shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (at(graph, op, "stride", i, 1) != 1 || at(graph, op, "squeeze_mask", i, 0) != 0) return kNoValue;
    const bool from_start = at(graph, op, "begin_mask", i, 0) == 1 || at(graph, op, "begin", i, -1) == 0;
    const auto end = at(graph, op, "end", i, -1);
    const bool to_end = at(graph, op, "end_mask", i, 0) == 1 ||
                        (end && shape[i].is_constant() && shape[i].value() > 0 && *end >= shape[i].value());
    if (!from_start || !to_end) return kNoValue;
  }
  return x;
}

ValueId slice_by_size(const Graph& graph, const Op& op) {
  const ValueId x = x_of(graph, op);
  return x_when(x != kNoValue && same_tensor(graph.type(x), op.outputs[0].type), graph, op);
}

ValueId concat(const Graph& graph, const Op& op) {
  const Argument* values = op.argument("values");
  return values && values->operands.size() == 1 ? value_of(graph, op, "values") : kNoValue;
}

ValueId all_are(const Graph& graph, const Op& op, const char* argument, int64_t wanted) {
  const auto numbers = constant_integers(graph, op, argument);
  return x_when(numbers && std::all_of(numbers->begin(), numbers->end(), [&](int64_t n) { return n == wanted; }), graph,
                op);
}

Rule rule_of(const Op& op) {
  static const std::map<std::string_view, Rule> kRules = {
      {"identity", x_of},
      {"add", add},
      {"sub", [](const Graph& g, const Op& o) { return beside(g, o, "x", "y", 0.0); }},
      {"mul", mul},
      {"real_div", [](const Graph& g, const Op& o) { return beside(g, o, "x", "y", 1); }},
      {"pow", [](const Graph& g, const Op& o) { return beside(g, o, "x", "y", 1); }},
      {"floor_div", floor_div},
      {"cast", [](const Graph& g, const Op& o) { return x_when(keeps_type(g, o), g, o); }},
      {"transpose", transpose},
      {"slice_by_index", slice_by_index},
      {"slice_by_size", slice_by_size},
      {"concat", concat},
      {"split", [](const Graph& g, const Op& o) { return x_when(o.outputs.size() == 1, g, o); }},
      {"pad", [](const Graph& g, const Op& o) { return all_are(g, o, "pad", 0); }},
      {"tile", [](const Graph& g, const Op& o) { return all_are(g, o, "reps", 1); }},
  };
  if (is_view(op)) return [](const Graph& g, const Op& o) { return x_when(keeps_type(g, o), g, o); };
  const auto found = kRules.find(op.type);
  return found == kRules.end() ? nullptr : found->second;
}

std::vector<Patch> find(const Graph& graph, const PassContext&) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const Rule rule = rule_of(op);
    const ValueId same = rule ? rule(graph, op) : kNoValue;
    if (same == kNoValue || needs_identity(graph, op.id(), same)) return;
    if (graph.type(same).is_tensor() && graph.type(same).dtype != op.outputs[0].type.dtype) return;
    patches.push_back(Patch::use_instead(op.id(), same));
    patches.back().remove = {op.id()};
  });
  return patches;
}

}  // namespace

void register_pass_noop_elimination(PassTable& table) {
  table.add({"noop_elimination", Stage::kCleanUp, {}, "take out ops that give back what they got", find});
}

}  // namespace anemone
