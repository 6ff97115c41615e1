// SPDX-License-Identifier: Apache-2.0
// linear ops that read the same value, each with the elementwise ops that follow it:
//
//   x ─┬─ linear ─ gelu ──▶        one packing of x, and what follows a product is applied while its
//      ├─ linear ───────────▶        results are in cache
//      └─ linear ─ add(y) ──▶
#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "runtime/fusion.h"
#include "runtime/kernel.h"
#include "runtime/shared/element_chain.h"
#include "runtime/shared/packed_linear.h"

namespace anemone {
namespace {

// A linear op and what follows it.
struct Branch {
  const Op* linear = nullptr;
  std::vector<ChainLink> links;

  ValueId result() const { return links.empty() ? linear->id() : links.back().op->id(); }
};

// Where a branch finds its matrices among the inputs of a run.
struct BranchRun {
  PackedLinear linear;
  std::vector<kernels::ElementStep> steps;
  std::vector<size_t> inputs;  // of the steps that have a matrix, in order
};

bool has_constant_weights(const Graph& graph, const Op& op) {
  const Operand* weight = graph.operand(op, "weight");
  const Operand* bias = graph.operand(op, "bias");
  return op.type == "linear" && weight && is_constant(graph, *weight) && (!bias || is_constant(graph, *bias));
}

std::optional<BranchRun> prepare_branch(const Branch& branch, const std::vector<ValueId>& inputs, const FusedOps& ops,
                                        PackedLinears& packed, const RunOptions& options) {
  const Arguments& arguments = ops[*branch.linear];
  const auto linear = packed.get(arguments, options);
  if (!linear) return std::nullopt;
  ConcreteShape result = arguments.type("x").concrete();
  result.back() = linear->weights->n();
  BranchRun run{*linear, {}, {}};
  for (const ChainLink& link : branch.links) {
    const Arguments& of = ops[*link.op];
    auto step = step_of(link, of);
    if (!step) return std::nullopt;
    if (link.other != kNoValue) {
      const ConcreteShape other = other_type(link, of).concrete();
      const bool is_row = product(other) == linear->weights->n();
      if (!is_row && other != result) return std::nullopt;
      step->row_stride = is_row ? 0 : linear->weights->n();
      run.inputs.push_back(static_cast<size_t>(std::find(inputs.begin(), inputs.end(), link.other) - inputs.begin()));
    }
    run.steps.push_back(*step);
  }
  return run;
}

void run_branches(const std::vector<BranchRun>& branches, std::span<const Tensor* const> inputs,
                  std::span<Tensor* const> outputs, int threads) {
  std::vector<std::vector<kernels::ElementStep>> steps;
  std::vector<kernels::Product> products;
  for (size_t i = 0; i < branches.size(); ++i) {
    const BranchRun& branch = branches[i];
    steps.push_back(branch.steps);
    auto input = branch.inputs.begin();
    for (kernels::ElementStep& step : steps.back())
      if (step.kind == kernels::ElementStep::Kind::kMatrix) step.matrix = inputs[*input++]->as<float>().data();
    products.push_back({branch.linear.weights.get(), branch.linear.bias_data(), steps.back(),
                        outputs[i]->as<float>().data(), branch.linear.weights->n()});
  }
  const Tensor& x = *inputs[0];
  const int64_t rows = product(ConcreteShape(x.shape().begin(), x.shape().end() - 1));
  kernels::gemm(threads, rows, x.as<float>().data(), x.shape().back(), products);
}

FusedGroup make_group(ValueId x, std::vector<Branch> branches) {
  FusedGroup group;
  group.inputs = {x};
  for (const Branch& branch : branches) {
    group.ops.push_back(branch.linear);
    group.outputs.push_back(branch.result());
    for (const ChainLink& link : branch.links) {
      group.ops.push_back(link.op);
      if (link.other != kNoValue && link.other != x) group.inputs.push_back(link.other);
    }
  }
  const auto packed = std::make_shared<PackedLinears>();
  group.prepare = [branches = std::move(branches), inputs = group.inputs, packed](
                      const FusedOps& ops, const RunOptions& options) -> std::optional<FusedRun> {
    std::vector<BranchRun> runs;
    for (const Branch& branch : branches) {
      auto run = prepare_branch(branch, inputs, ops, *packed, options);
      if (!run) return std::nullopt;
      runs.push_back(std::move(*run));
    }
    return [runs](std::span<const Tensor* const> in, std::span<Tensor* const> out, int n) {
      run_branches(runs, in, out, n);
    };
  };
  return group;
}

// All branches with all that follows them; and without, for when it does not fit.
std::vector<FusedGroup> find(const Graph& graph, const Op& op) {
  const Operand* x = graph.operand(op, "x");
  if (!has_constant_weights(graph, op) || !x || is_constant(graph, *x)) return {};
  std::vector<Branch> whole;
  std::vector<Branch> bare;
  for (const Op* user : graph.users(x->value())) {
    const Operand* other = graph.operand(*user, "x");
    if (!has_constant_weights(graph, *user) || !other || !other->is_value() || other->value() != x->value()) continue;
    whole.push_back({user, chain_after(graph, user->id())});
    bare.push_back({user, {}});
  }
  if (whole.front().linear != &op) return {};  // the first of them anchors all
  std::vector<FusedGroup> groups;
  groups.push_back(make_group(x->value(), std::move(whole)));
  if (bare.size() > 1) groups.push_back(make_group(x->value(), std::move(bare)));
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const FusedGroup& g) { return g.ops.size() < 2; }),
               groups.end());
  return groups;
}

}  // namespace

void register_fusion_linear(FusionTable& table);
void register_fusion_linear(FusionTable& table) { table.add({"linear", find}); }

}  // namespace anemone
