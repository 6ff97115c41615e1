// SPDX-License-Identifier: Apache-2.0
// Vocabularies of real models in parts that chips take: none too wide, none nearly empty, together the same numbers.
#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "runtime/session.h"

namespace anemone {
namespace {

Program head(int64_t vocabulary) {
  std::vector<float> weights;
  for (int64_t i = 0; i < vocabulary; ++i) weights.push_back(static_cast<float>(i % 4093));
  Builder builder(op_table(), "main", 7);
  const ValueId x = builder.input("x", Type::tensor(DType::kFloat32, ConcreteShape{1, 1, 1, 1}));
  const ValueId y = builder.add("conv", {{"x", x}, {"weight", floats({vocabulary, 1, 1, 1}, weights)}}, "logits");
  Program program;
  program.functions["main"] = std::make_shared<const Function>(builder.finish({y}));
  return program;
}

Tensor logits(const Program& program) {
  Session session(std::make_shared<const Program>(program), {});
  TensorMap states;
  const Tensor x = Tensor::of<float>(DType::kFloat32, {1, 1, 1, 1}, std::vector<float>{1});
  return session.run({{"x", x}}, states).at("logits").tensor;
}

TEST(SplitWideProjections, VocabulariesOfRealModels) {
  for (const int64_t widest : {16384, 65536})
    for (const int64_t vocabulary : {30522, 32000, 50257, 151936, 262144, 16385, 32769, 65537}) {
      SCOPED_TRACE(vocabulary);
      const Program before = head(vocabulary);
      const Program after = run_passes_by_name(before, {"split_wide_projections"}, op_table(), PassSettings{widest});
      int64_t sum = 0;
      for_each_op(after.main().body, [&](const Op& op) {
        if (op.type != "conv") return;
        const int64_t outputs = op.outputs[0].type.shape[1].value();
        EXPECT_LE(outputs, widest);
        EXPECT_GE(outputs, 64);
        sum += outputs;
      });
      EXPECT_EQ(sum, vocabulary);
      EXPECT_TRUE(equal(Constant(logits(after)), Constant(logits(before))));
    }
}

}  // namespace
}  // namespace anemone
