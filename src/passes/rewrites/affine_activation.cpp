// SPDX-License-Identifier: Apache-2.0
// The two steps that make an additive mask of ones and zeros are one op. Products that could lose digits (those of
// values that are no mask) stay.
//
//     mul(sub(1, mask), -10000)   ->   linear_activation(mask, alpha = 10000, beta = -10000)
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr double kLeast = 1000;     // what masks multiply by
constexpr double kLargest = 65504;  // of half precision

struct Term {
  ValueId x = kNoValue;
  double constant = 0;
  bool constant_first = false;
};

// A binary op of a value and a scalar.
std::optional<Term> term_of(const Graph& graph, const Op& op) {
  for (const bool first : {true, false}) {
    const ValueId x = value_of(graph, op, first ? "y" : "x");
    const Operand* other = graph.operand(op, first ? "x" : "y");
    const auto constant = x != kNoValue && other ? constant_numbers(graph, *other) : std::nullopt;
    if (constant && constant->size() == 1 && same_tensor(graph.type(x), op.outputs[0].type))
      return Term{x, (*constant)[0], first};
  }
  return std::nullopt;
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto product = op.type == "mul" ? term_of(graph, op) : std::nullopt;
    if (!product || !is_float(op.outputs[0].type.dtype)) return;
    const Op* inner = graph.producer(product->x);
    if (!inner || inner->type != "sub" || graph.users(product->x).size() != 1) return;
    const auto difference = term_of(graph, *inner);
    if (!difference || graph.is_function_output(product->x)) return;
    const double sign = difference->constant_first ? -1 : 1;
    const double alpha = sign * product->constant;
    const double beta = -alpha * difference->constant;
    if (std::fabs(alpha) < kLeast || std::fabs(alpha) > kLargest || std::fabs(beta) > kLargest) return;
    const DType dtype = op.outputs[0].type.dtype;
    Builder builder = context.builder(graph);
    const ValueId result = builder.add("linear_activation",
                                       {{"x", difference->x},
                                        {"alpha", Constant::of(static_cast<float>(alpha), dtype)},
                                        {"beta", Constant::of(static_cast<float>(beta), dtype)}},
                                       op.outputs[0].name);
    Patch patch = Patch::instead_of(op, builder, result);
    patch.remove.insert(inner->id());
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_affine_activation(PassTable& table) {
  table.add({"affine_activation", Stage::kFuse, {}, "a mask of ones and zeros becomes additive in one op", find});
}

}  // namespace anemone
