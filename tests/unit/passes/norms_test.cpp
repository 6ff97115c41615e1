// SPDX-License-Identifier: Apache-2.0
// Norms that are written out, over inputs up to the largest halves: rewritten they stay finite and near to float64.
#include <gtest/gtest.h>

#include <cmath>

#include "axis_writer.h"
#include "base/error.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "runtime/session.h"
#include "tune/compare.h"

namespace anemone::test {
namespace {

struct Case {
  bool centred;
  int64_t channels;
  int64_t positions;
  float scale;
};

class Norms : public testing::TestWithParam<Case> {};

Program written_out(const Case& c) {
  AxisWriter w(7, DType::kFloat16, 1, {{'b', 1}, {'c', c.channels}, {'s', c.positions}});
  Lettered x = w.input("x", DType::kFloat16, "bc1s");
  const auto mean = [&](const Lettered& of) {
    return w.add("reduce_mean", {{"x", of.id}, {"axes", {1}}, {"keep_dims", true}}, "b11s");
  };
  if (c.centred) x = {w.binary("sub", x, mean(x)).id, "bc1s"};
  const Lettered variance = w.binary("add", mean(w.unary("square", x)), 1e-5F);
  const Lettered scale = w.add("rsqrt", {{"x", variance.id}, {"epsilon", Constant::of(1e-12F)}}, "b11s");
  const Lettered y = w.binary("mul", x, scale);
  Program program;
  program.functions["main"] = std::make_shared<const Function>(w.builder().finish({y.id}));
  return program;
}

// Numbers from -10 to 10 times the scale, as halves.
Tensor input(const Case& c) {
  Tensor x(DType::kFloat32, {1, c.channels, 1, c.positions});
  for (int64_t i = 0; i < x.size(); ++i)
    x.as<float>()[static_cast<size_t>(i)] = c.scale * static_cast<float>((i * 7919) % 2001 - 1000) / 1000;
  return converted(converted(x, DType::kFloat16), DType::kFloat32);
}

Tensor in_float64(const Case& c, const Tensor& x) {
  Tensor y(DType::kFloat32, x.shape());
  for (int64_t s = 0; s < c.positions; ++s) {
    const auto at = [&](int64_t channel) { return static_cast<size_t>(channel * c.positions + s); };
    double mean = 0;
    for (int64_t i = 0; c.centred && i < c.channels; ++i)
      mean += x.as<float>()[at(i)] / static_cast<double>(c.channels);
    double squares = 0;
    for (int64_t i = 0; i < c.channels; ++i) squares += std::pow(x.as<float>()[at(i)] - mean, 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(c.channels) + 1e-5);
    for (int64_t i = 0; i < c.channels; ++i)
      y.as<float>()[at(i)] = static_cast<float>((x.as<float>()[at(i)] - mean) * scale);
  }
  return y;
}

double psnr(const Program& program, const Tensor& x, const Tensor& want) {
  RunOptions options;
  options.numerics = Numerics::kIeeeHalf;
  Session session(std::make_shared<const Program>(program), options);
  TensorMap states;
  const auto results = session.run({{"x", x}}, states);
  const Difference apart = difference(results.begin()->second.tensor, want);
  return apart.finite ? apart.psnr() : -1;
}

TEST_P(Norms, HoldInHalfPrecision) {
  const Program before = written_out(GetParam());
  const Program after = run_passes(before, op_table()).program;
  const Tensor x = input(GetParam());
  const Tensor want = in_float64(GetParam(), x);
  EXPECT_GE(psnr(after, x, want), 50);
  if (GetParam().scale >= 1e4F) {
    EXPECT_LT(psnr(before, x, want), 50) << "nothing was gained";
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs, Norms,
                         testing::Values(Case{true, 768, 1, 1}, Case{true, 768, 64, 100}, Case{true, 1600, 1, 1e4F},
                                         Case{true, 768, 64, 6e4F}, Case{false, 768, 64, 1}, Case{false, 1600, 1, 100},
                                         Case{false, 4096, 1, 1e4F}, Case{false, 768, 64, 6e4F}));

}  // namespace
}  // namespace anemone::test
