// SPDX-License-Identifier: Apache-2.0
// softmax along an axis: e^(x - max) over its sum, in double.
#include <cmath>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/axes.h"
#include "ops/shared/cost.h"
#include "ops/shared/reduction.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (x.ranked) args.axis("axis", x.rank());
  return {x};
}

void softmax_row(const float* x, float* y, const std::vector<int64_t>& offsets, std::vector<double>& powers) {
  double high = -INFINITY;
  for (const int64_t offset : offsets) high = x[offset] > high ? static_cast<double>(x[offset]) : high;
  for (size_t r = 0; r < offsets.size(); ++r) powers[r] = std::exp(static_cast<double>(x[offsets[r]]) - high);
  const double sum = lane_sum(powers.size(), [&](size_t r) { return powers[r]; });
  for (size_t r = 0; r < offsets.size(); ++r) y[offsets[r]] = static_cast<float>(powers[r] / sum);
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ReductionWalk walk(x.shape(), {args.axis("axis", x.rank())});
  Tensor& result = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const float* from = x.as<float>().data();
  float* to = result.as<float>().data();
  parallel_for(results.threads(), static_cast<int64_t>(walk.kept.size()), rows_per_piece(walk.reduced.size()),
               [&](int64_t begin, int64_t end) {
                 std::vector<double> powers(walk.reduced.size());
                 for (int64_t o = begin; o < end; ++o) {
                   const int64_t offset = walk.kept[static_cast<size_t>(o)];
                   softmax_row(from + offset, to + offset, walk.reduced, powers);
                 }
               });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 4 * elements(outputs[0]));
}

}  // namespace

void register_op_softmax(OpTable& table) {
  OpDefinition op;
  op.name = "softmax";
  op.signatures = {signature(5, "x: T=fp16|fp32, axis: int32 const = -1")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.axes = [](const Arguments& args) { return along_axis(args, args.axis("axis", args.type("x").rank()), "axis"); };
  const Arg x("x", floats({2, 3}, {1, 2, 3, 0, -1, 1}));
  op.samples = {
      {{x},
       {floats({2, 3}, {0.09003057F, 0.24472848F, 0.66524094F, 0.24472848F, 0.09003057F, 0.66524094F})},
       "PyTorch 2.13",
       1e-6,
       0},
      {{x, {"axis", 0}},
       {floats({2, 3}, {0.7310586F, 0.95257413F, 0.8807971F, 0.26894143F, 0.047425874F, 0.11920292F})},
       "PyTorch 2.13",
       1e-6,
       0},
  };
  table.add(std::move(op));
}

}  // namespace anemone
