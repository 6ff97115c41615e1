// SPDX-License-Identifier: Apache-2.0
// Scores are scaled before the product: once for all heads, on the smaller tensor, and before they can overflow.
//
//     mul(matmul(q, k), c)  ->  matmul(mul(q, c), k)
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// The product under a multiplication with one number, when nobody else sees it and a softmax runs over it.
struct Scaled {
  const Op* product = nullptr;
  const Operand* scale = nullptr;
};

bool leads_to_softmax(const Graph& graph, ValueId value) {
  for (int step = 0; step < 8; ++step) {
    const auto& users = graph.users(value);
    if (users.size() != 1) return false;
    if (users[0]->type == "softmax") return true;
    if (users[0]->outputs.size() != 1) return false;
    value = users[0]->id();
  }
  return false;
}

Scaled scaled_product(const Graph& graph, const Op& op) {
  if (op.type != "mul" && op.type != "real_div") return {};
  for (const auto& [product, scale] : {std::pair("x", "y"), std::pair("y", "x")}) {
    if (op.type == "real_div" && *product == 'y') continue;
    const Op* found = producer_of(graph, op, product, "matmul");
    const Constant* number = graph.constant(op, scale);
    if (!found || !number || number->element_count() != 1 || number->type().rank() != 0) continue;
    if (graph.users(found->id()).size() != 1 || graph.is_block_output(found->id())) continue;
    if (graph.constant(*found, "x") || graph.constant(*found, "y") || !leads_to_softmax(graph, op.id())) continue;
    return {found, graph.operand(op, scale)};
  }
  return {};
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const Scaled scaled = scaled_product(graph, op);
    if (!scaled.product || needs_identity(graph, op.id(), scaled.product->id())) return;
    Builder builder = context.builder(graph);
    const std::vector<Operand> query = {*graph.operand(*scaled.product, "x")};
    const std::vector<Operand> scale = {*scaled.scale};
    const ValueId smaller = builder.add(op.type, {{"x", query}, {"y", scale}}, op.outputs[0].name);
    std::vector<Arg> args;
    for (const Argument& argument : scaled.product->arguments)
      if (argument.name != "x") args.emplace_back(argument.name, argument.operands);
    args.emplace_back("x", smaller);
    const ValueId product = builder.add("matmul", std::move(args), op.outputs[0].name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace[op.id()] = product;
    patch.remove = {op.id(), scaled.product->id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_scale_queries(PassTable& table) {
  table.add({"scale_queries", Stage::kCanonicalize, {"decompose_attention"}, "scale queries, not scores", find});
}

}  // namespace anemone
