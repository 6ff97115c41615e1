// SPDX-License-Identifier: Apache-2.0
// The programs of tests/golden/passes give the same bits before and after clean-up passes; other passes may round
// otherwise.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "ops/ops.h"
#include "pass_goldens.h"
#include "passes/pass.h"
#include "runtime/session.h"

namespace anemone {
namespace {

// Values of both signs, zeros of both among them; lengths that are not fixed are 4.
Tensor made_input(const Type& type, int seed) {
  ConcreteShape shape;
  for (const Dim& dim : type.shape) shape.push_back(dim.is_constant() ? dim.value() : 4);
  Tensor values(DType::kFloat32, shape);
  int i = seed;
  for (float& value : values.as<float>()) {
    value = i % 5 == 0 ? -0.0F : static_cast<float>(i % 7 - 3) * 0.37F;
    ++i;
  }
  return converted(values, compute_dtype(type.dtype));
}

std::vector<Tensor> results_of(const Program& program, Numerics numerics) {
  RunOptions options;
  options.numerics = numerics;
  Session session(std::make_shared<const Program>(program), options);
  TensorMap inputs;
  TensorMap states;
  for (const Output& input : program.main().inputs)
    if (input.type.is_tensor()) inputs[input.name] = made_input(input.type, static_cast<int>(inputs.size()));
  std::vector<Tensor> results;
  for (int call = 0; call < 2; ++call)
    for (const auto& entry : session.run(inputs, states)) results.push_back(entry.second.tensor);
  for (const auto& entry : states) results.push_back(entry.second);
  return results;
}

void expect_same(const Program& before, const Program& after, Numerics numerics) {
  const auto a = results_of(before, numerics);
  const auto b = results_of(after, numerics);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(equal(Constant(a[i]), Constant(b[i]))) << "result " << i;
}

void expect_close(const Program& before, const Program& after) {
  const auto a = results_of(before, Numerics::kFloat32);
  const auto b = results_of(after, Numerics::kFloat32);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const Tensor want = converted(a[i], DType::kFloat32);
    const Tensor got = converted(b[i], DType::kFloat32);
    ASSERT_EQ(want.shape(), got.shape());
    for (int64_t e = 0; e < want.size(); ++e)
      EXPECT_NEAR(got.as<float>()[static_cast<size_t>(e)], want.as<float>()[static_cast<size_t>(e)], 1e-5)
          << "result " << i;
  }
}

TEST(Passes, KeepTheResults) {
  int programs = 0;
  const auto folder = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/golden/passes";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(file.path().filename().string());
    if (!pass_table().find(file.path().stem().string())) continue;
    const test::PassGolden golden = test::read_pass_golden(file.path().stem().string());
    const Program& before = golden.program;
    const Program after = run_passes_by_name(before, golden.run, op_table(), golden.settings);
    PassOptions clean_up;
    for (const Pass* pass : pass_table().in_order())
      if (pass->stage == Stage::kCleanUp) clean_up.only.insert(pass->name);
    const Program cleaned = run_passes(before, op_table(), clean_up).program;
    EXPECT_TRUE(difference(before, after)) << "the file shows no change";
    ++programs;
    if (pass_table().find(file.path().stem().string())->stage != Stage::kCleanUp) {
      expect_close(before, after);
      continue;
    }
    // Folded halves are rounded, which float32 numerics would not do.
    expect_same(before, after, Numerics::kIeeeHalf);
    expect_same(before, cleaned, Numerics::kIeeeHalf);
    if (file.path().stem() != "const_elimination") expect_same(before, after, Numerics::kFloat32);
  }
  EXPECT_GE(programs, 9);
}

}  // namespace
}  // namespace anemone
