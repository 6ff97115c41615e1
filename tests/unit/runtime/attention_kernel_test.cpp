// SPDX-License-Identifier: Apache-2.0
// Attention as one op: the fast kernel gives what the op's own evaluation gives, whatever the mask leaves out or
// stretches.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/builder.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

Tensor numbers(const ConcreteShape& shape, float scale) {
  Tensor tensor(DType::kFloat32, shape);
  for (size_t i = 0; i < tensor.as<float>().size(); ++i)
    tensor.as<float>()[i] = std::sin(static_cast<float>(i) * 12.9898F) * scale;
  return tensor;
}

struct Case {
  ConcreteShape query;
  ConcreteShape key;
  int64_t width;       // of values
  ConcreteShape mask;  // empty: none
};

Tensor attended(const Case& test, bool kernels, Numerics numerics) {
  ConcreteShape value = test.key;
  value.back() = test.width;
  std::map<std::string, Tensor> given = {
      {"query", numbers(test.query, 2)}, {"key", numbers(test.key, 1.5F)}, {"value", numbers(value, 1)}};
  if (!test.mask.empty()) given["attn_mask"] = numbers(test.mask, 4);
  Builder to(op_table(), "main", 8);
  std::vector<Arg> args;
  TensorMap inputs;
  for (const auto& [name, tensor] : given) {
    args.emplace_back(name, to.input("in_" + name, Type::tensor(DType::kFloat32, tensor.shape())));
    inputs["in_" + name] = tensor;
  }
  auto program = std::make_shared<Program>();
  const ValueId result = to.add("scaled_dot_product_attention", args, "result");
  program->functions["main"] = std::make_shared<const Function>(to.finish({result}));
  verify(*program, op_table());
  RunOptions options;
  options.kernels = kernels;
  options.numerics = numerics;
  options.threads = 2;
  TensorMap states;
  return Session(program, options).run(inputs, states).at("result").tensor;
}

TEST(AttentionKernel, GivesWhatTheOpGives) {
  const std::vector<Case> cases = {
      {{2, 5, 8}, {2, 7, 8}, 8, {}},
      {{2, 3, 5, 8}, {2, 3, 7, 8}, 6, {5, 7}},
      {{2, 3, 5, 8}, {2, 3, 7, 8}, 8, {7}},
      {{2, 3, 5, 8}, {2, 3, 7, 8}, 8, {2, 1, 1, 7}},
      {{2, 3, 5, 8}, {2, 3, 7, 8}, 8, {1, 3, 5, 7}},
      {{2, 2, 3, 5, 4}, {2, 2, 3, 7, 4}, 20, {2, 1, 5, 7}},
      {{1, 2, 130, 64}, {1, 2, 150, 64}, 64, {130, 150}},
      {{1, 1, 1, 16}, {1, 1, 1, 16}, 16, {}},
  };
  for (const Numerics numerics : {Numerics::kFloat32, Numerics::kIeeeHalf})
    for (size_t i = 0; i < cases.size(); ++i) {
      const Tensor fast = attended(cases[i], true, numerics);
      const Tensor plain = attended(cases[i], false, numerics);
      ASSERT_EQ(fast.shape(), plain.shape()) << i;
      for (size_t e = 0; e < fast.as<float>().size(); ++e)
        ASSERT_NEAR(fast.as<float>()[e], plain.as<float>()[e], 2e-6) << "case " << i << " element " << e;
    }
}

}  // namespace
}  // namespace anemone
