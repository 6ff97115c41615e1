// SPDX-License-Identifier: Apache-2.0
// Activations with parameters for each channel of [batch, channels, spatial...]: prelu and softplus_parametric.
#include "ops/ops.h"
#include "ops/shared/activation.h"
#include "ops/shared/channels.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

std::vector<Type> infer_prelu(const Arguments& args) {
  const Type& x = args.type("x");
  if (x.ranked && (x.rank() < 3 || x.rank() > 5)) fail("x has rank {}, expected 3 to 5", x.rank());
  expect_channel_vector(args, "alpha");
  return {x};
}

void run_prelu(const Arguments& args, Results& results) {
  const auto alpha = args.tensor("alpha").as<float>();
  map_channels(args.tensor("x"), results, [&](float x, size_t channel) { return x >= 0 ? x : alpha[channel] * x; });
}

std::vector<Type> infer_softplus(const Arguments& args) {
  const Type& x = args.type("x");
  if (x.ranked && x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  expect_channel_vector(args, "alpha");
  expect_channel_vector(args, "beta");
  return {x};
}

void run_softplus(const Arguments& args, Results& results) {
  const auto alpha = args.tensor("alpha").as<float>();
  const auto beta = args.tensor("beta").as<float>();
  map_channels(args.tensor("x"), results, [&](float x, size_t channel) {
    return static_cast<float>(alpha[channel] * softplus(static_cast<double>(beta[channel]) * x));
  });
}

void add(OpTable& table, const char* name, const std::vector<std::string>& parameters,
         std::vector<Type> (*infer)(const Arguments&), void (*run)(const Arguments&, Results&), Sample sample) {
  OpDefinition op;
  op.name = name;
  op.signatures = parametric_signatures(parameters);
  op.infer = infer;
  op.evaluate = run;
  op.samples = {std::move(sample)};
  table.add(std::move(op));
}

}  // namespace

void register_op_per_channel(OpTable& table) {
  const Arg x("x", floats({1, 2, 2}, {-2, 3, -1, 0.5F}));
  const Arg alpha("alpha", floats({2}, {0.5F, 2}));
  const Arg beta("beta", floats({2}, {1, 3}));
  add(table, "prelu", {"alpha"}, infer_prelu, run_prelu,
      {{x, alpha}, {floats({1, 2, 2}, {-1, 3, -2, 0.5F})}, "by hand", 1e-6, 0});
  add(table, "softplus_parametric", {"alpha", "beta"}, infer_softplus, run_softplus,
      {{x, alpha, beta}, {floats({1, 2, 2}, {0.06346401F, 1.5242937F, 0.0971747F, 3.4028265F})}, "NumPy 2", 1e-6, 0});
}

}  // namespace anemone
