// SPDX-License-Identifier: Apache-2.0
// Whole models as coremltools wrote them, rewritten: the same results, and nothing left of what the form excludes.
#include <gtest/gtest.h>

#include <cmath>

#include "golden.h"
#include "import/package.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "passes/specialize.h"
#include "tune/ane_form/judge.h"

namespace anemone {
namespace {

class Layout : public testing::TestWithParam<std::string> {};

// 20 log10 of the largest value over the root mean square difference; at least 100 dB are asked for.
double psnr(const Tensor& got, const Tensor& want) {
  double peak = 0;
  double error = 0;
  for (int64_t i = 0; i < want.size(); ++i) {
    const double a = got.as<float>()[static_cast<size_t>(i)];
    const double b = want.as<float>()[static_cast<size_t>(i)];
    peak = std::max(peak, std::fabs(b));
    error += (a - b) * (a - b);
  }
  return 20 * std::log10((peak + 1e-5) /
                         (std::sqrt(error / static_cast<double>(std::max<int64_t>(want.size(), 1))) + 1e-10));
}

TEST_P(Layout, KeepsTheResults) {
  const Program before = read_package(test::golden_package(GetParam()));
  const Program after = run_passes(before, op_table()).program;
  const auto calls = test::golden_inputs(GetParam(), before.main());
  const auto want = test::run_calls(before, calls, {});
  const auto got = test::run_calls(after, calls, {});
  for (size_t call = 0; call < want.outputs.size(); ++call)
    for (const auto& [name, tensor] : want.outputs[call]) {
      const Tensor& other = got.outputs[call].at(name);
      ASSERT_EQ(other.shape(), tensor.shape()) << name;
      if (tensor.dtype() != DType::kFloat32) continue;
      EXPECT_GE(psnr(other, tensor), 100) << name;
    }
}

TEST_P(Layout, IsInTheForm) {
  // Programs of unknown lengths keep their shape until they are made fixed.
  if (GetParam().find("state") != std::string::npos) return;
  const Program before = read_package(test::golden_package(GetParam()));
  const AneForm form = judge_ane_form(run_passes(before, op_table()).program);
  EXPECT_TRUE(form.holds()) << form.reasons.front();
}

// One token at a time: heads together, keys last, one projection for queries, keys and values, no transpose.
TEST(LayoutOfOneToken, KeepsHeadsTogether) {
  const Program flexible = read_package(test::golden_package("Llama-state-flex"));
  TensorMap call;
  for (const TensorMap& each : test::golden_inputs("Llama-state-flex", flexible.main()))
    if (each.at("ids").size() == 1) call = each;
  std::map<std::string, ConcreteShape> shapes;
  for (const auto& [name, tensor] : call) shapes[name] = tensor.shape();
  const Program before = specialized(flexible, shapes, op_table());
  const Program after = run_passes(before, op_table()).program;
  const AneForm form = judge_ane_form(after);
  EXPECT_TRUE(form.holds()) << form.reasons.front();
  ASSERT_EQ(form.attentions.size(), 1U);
  EXPECT_EQ(form.attentions[0].softmaxes, 2);  // one for each head of keys
  EXPECT_EQ(form.attentions[0].shape, (std::vector<int64_t>{1, 2, 1, shapes.at("mask")[3]}));
  EXPECT_EQ(form.transposes_in_trunk, 0);

  const auto want = test::run_calls(before, {call}, {});
  const auto got = test::run_calls(after, {call}, {});
  EXPECT_GE(psnr(got.outputs[0].begin()->second, want.outputs[0].begin()->second), 100);
  for (const auto& [name, state] : want.states) EXPECT_GE(psnr(got.states.at(name), state), 100) << name;
}

INSTANTIATE_TEST_SUITE_P(Golden, Layout, testing::ValuesIn(test::golden_names()),
                         [](const auto& instance) { return test::test_name(instance.param); });

}  // namespace
}  // namespace anemone
