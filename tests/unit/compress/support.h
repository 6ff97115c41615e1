// SPDX-License-Identifier: Apache-2.0
// A program of one product with a made-up weight, and compressing it in memory.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "base/half.h"
#include "base/json.h"
#include "compress/compress.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone::test {

inline Tensor made_weight(ConcreteShape shape, DType dtype = DType::kFloat16, uint32_t seed = 1) {
  std::mt19937 random(seed);
  Tensor tensor(DType::kFloat32, std::move(shape));
  for (float& value : tensor.as<float>()) {  // about normal
    float sum = 0;
    for (int i = 0; i < 6; ++i) sum += static_cast<float>(random() % 10000) / 10000.0F - 0.5F;
    value = sum * 0.1F;
  }
  return converted(tensor, dtype);
}

inline Program program_of(const Constant& weight, int opset, const std::string& op = "linear") {
  Builder builder(op_table(), "main", opset);
  const DType dtype = weight.type().dtype;
  const ConcreteShape shape = weight.type().concrete();
  const int64_t inputs = op == "linear" ? shape[1] : shape[0];
  const ValueId x = builder.input("x", Type::tensor(dtype, ConcreteShape{2, inputs}));
  const ValueId w = builder.constant(weight, "weight");
  const ValueId y = op == "linear" ? builder.add("linear", {{"x", x}, {"weight", w}}, "y")
                                   : builder.add("matmul", {{"x", x}, {"y", w}}, "y");
  Program program;
  program.functions["main"] = std::make_shared<const Function>(builder.finish({y}));
  return program;
}

inline Compressed compressed(const Program& program, const std::string& methods, int threads = 1,
                             const std::string& rule = "") {
  CompressOptions options;
  options.recipe =
      make_recipe(parse_json("{\"rules\": [{" + rule + "\"min_elements\": 1, \"methods\": " + methods + "}]}"));
  options.keep = [](Tensor tensor) { return Constant(std::move(tensor)); };
  options.threads = threads;
  return compress(program, options);
}

// The types of the constexpr ops, in order.
inline std::vector<std::string> constexpr_ops(const Program& program) {
  std::vector<std::string> types;
  for (const OpPtr& op : program.main().body.ops)
    if (is_constexpr(*op)) types.push_back(op->type);
  return types;
}

}  // namespace anemone::test
