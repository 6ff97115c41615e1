// SPDX-License-Identifier: Apache-2.0
// local_response_norm: x / (k + alpha / size * sum of squares over `size` neighbouring channels) ^ beta. The window
// around channel c begins at c - size / 2. Computed in double.
#include <cmath>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  for (const char* name : {"alpha", "beta", "k"})
    if (args.has(name)) expect_scalar(args, name);
  if (x.ranked && x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  if (args.integer("size") < 1) fail("size is {}, expected at least 1", args.integer("size"));
  return {x};
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  Tensor& y = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const int64_t size = args.integer("size");
  const double alpha = args.number("alpha") / static_cast<double>(size);
  const double beta = args.number("beta");
  const double k = args.number("k");
  const int64_t channels = x.shape()[1];
  const int64_t inner = x.size() / x.shape()[0] / channels;
  const float* from = x.as<float>().data();
  float* to = y.as<float>().data();
  parallel_for(results.threads(), x.shape()[0] * channels, 1, [&](int64_t first, int64_t last) {
    for (int64_t plane = first; plane < last; ++plane) {
      const int64_t channel = plane % channels;
      const int64_t low = std::max<int64_t>(0, channel - size / 2);
      const int64_t high = std::min(channels, channel - size / 2 + size);
      for (int64_t i = plane * inner; i < (plane + 1) * inner; ++i) {
        double squares = 0;
        for (int64_t c = low; c < high; ++c) {
          const auto value = static_cast<double>(from[i + (c - channel) * inner]);
          squares += value * value;
        }
        to[i] = static_cast<float>(static_cast<double>(from[i]) / std::pow(k + alpha * squares, beta));
      }
    }
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, (2.0 * static_cast<double>(args.integer("size")) + 3) * elements(outputs[0]));
}

}  // namespace

void register_op_local_response_norm(OpTable& table) {
  OpDefinition op;
  op.name = "local_response_norm";
  // The parameters have types of their own: coremltools writes their defaults as fp32 beside fp16 ones.
  op.signatures = {signature(5,
                             "x: T=fp16|fp32, size: int32 const, alpha: fp16|fp32 const = 0.0001, "
                             "beta: fp16|fp32 const = 0.75, k: fp16|fp32 const = 1.0")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = {{{{"x", floats({1, 4, 1}, {1, -2, 3, 0.5F})},
                  {"size", 2},
                  {"alpha", Constant::of(0.5F)},
                  {"beta", Constant::of(0.75F)},
                  {"k", Constant::of(1.0F)}},
                 {floats({1, 4, 1}, {0.845897F, -1.0886621F, 1.0135135F, 0.20363531F})},
                 "PyTorch 2.13",
                 1e-6,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone
