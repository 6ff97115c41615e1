// SPDX-License-Identifier: Apache-2.0
// Rules at their boundaries, each with the source of the boundary in its evidence.
#include "placement/rule.h"

#include <gtest/gtest.h>

#include <set>

#include "programs.h"

namespace anemone {
namespace {

using test::half;
using test::on;
using test::promised;

// The code under which the Neural Engine refuses the last op of a program; empty when it takes it.
std::string refused(const std::string& chip, const std::function<ValueId(Builder&)>& make, int opset = 7) {
  Builder to(op_table(), "main", opset);
  const Program program = test::program_of(to, {make(to)});
  const Function& function = program.main();
  const Graph graph(function);
  const FunctionTypes types(graph);
  const auto verdict = refusal(OpView(*function.body.ops.back(), graph, types, false), Unit::kAne, find_target(chip));
  return verdict ? verdict->rule->code : "";
}

std::function<ValueId(Builder&)> relu(const ConcreteShape& shape) {
  return [=](Builder& to) { return to.add("relu", {{"x", to.input("x", half(shape))}}); };
}

TEST(Rules, LongAxes) {
  EXPECT_EQ(refused("m4", relu({1, 65536, 1, 1})), "");
  EXPECT_EQ(refused("m4", relu({1, 65537, 1, 1})), "ANE010");
  EXPECT_EQ(refused("m4", relu({1, 1, 65537, 1})), "ANE010");
  EXPECT_EQ(refused("m4", relu({1, 1, 1, 65537})), "ANE010");
  EXPECT_EQ(refused("m1", relu({1, 1, 1, 16384})), "");
  EXPECT_EQ(refused("m1", relu({1, 1, 1, 16385})), "ANE010");
  EXPECT_EQ(refused("m1", relu({1, 50257, 1, 1})), "");
  EXPECT_EQ(refused("m1", relu({1, 128, 50257})), "ANE010");
}

TEST(Rules, Rank) {
  EXPECT_EQ(refused("m4", relu({1, 2, 3, 4, 5})), "");
  EXPECT_EQ(refused("m4", relu({1, 2, 3, 4, 5, 6})), "ANE011");
}

TEST(Rules, ConvolutionKernels) {
  const auto kernel = [](int height, int width) {
    return [=](Builder& to) { return test::convolution(to, to.input("x", half({1, 64, 32, 32})), 64, height, width); };
  };
  for (const auto& [height, width] : {std::pair{7, 7}, {1, 15}, {16, 16}, {31, 1}})
    EXPECT_EQ(refused("m4", kernel(height, width)), "") << height << "x" << width;
  for (const auto& [height, width] : {std::pair{17, 17}, {1, 16}, {1, 31}, {32, 1}})
    EXPECT_EQ(refused("m4", kernel(height, width)), "ANE020") << height << "x" << width;
  EXPECT_EQ(refused("m1", kernel(1, 13)), "");
  EXPECT_EQ(refused("m1", kernel(1, 15)), "ANE020");
}

TEST(Rules, PoolingWindows) {
  const auto pool = [](const char* type, int height, int width) {
    return [=](Builder& to) {
      std::vector<Arg> args = {{"x", to.input("x", half({1, 64, 32, 32}))},
                               {"kernel_sizes", {height, width}},
                               {"strides", {1, 1}},
                               {"pad_type", "same"}};
      if (std::string(type) == "avg_pool") args.push_back({"exclude_padding_from_average", false});
      return to.add(type, args);
    };
  };
  EXPECT_EQ(refused("m4", pool("max_pool", 8, 8)), "");
  EXPECT_EQ(refused("m4", pool("max_pool", 9, 1)), "");
  EXPECT_EQ(refused("m4", pool("max_pool", 1, 9)), "ANE021");
  EXPECT_EQ(refused("m4", pool("max_pool", 15, 15)), "ANE021");
  EXPECT_EQ(refused("m4", pool("avg_pool", 14, 14)), "");
}

TEST(Rules, InnerAxisOfAProduct) {
  const auto product = [](int64_t inner) {
    return [=](Builder& to) {
      const ValueId x = to.input("x", half({1, 2, inner}));
      return to.add("matmul", {{"x", x}, {"y", to.input("y", half({1, inner, 2}))}});
    };
  };
  EXPECT_EQ(refused("m4", product(32768)), "");
  EXPECT_EQ(refused("m4", product(40000)), "ANE013");
}

TEST(Rules, Gather) {
  const auto gather = [](bool constant) {
    return [=](Builder& to) {
      const ValueId x = to.input("x", half({1000, 256}));
      if (constant) return to.add("gather", {{"x", x}, {"indices", ints({2}, {1, 2}, DType::kInt16)}, {"axis", 0}});
      const ValueId ids =
          to.add("cast", {{"x", to.input("ids", Type::tensor(DType::kInt32, ConcreteShape{8}))}, {"dtype", "int16"}});
      return to.add("gather", {{"x", x}, {"indices", ids}, {"axis", 0}});
    };
  };
  EXPECT_EQ(refused("m4", gather(true)), "");
  EXPECT_EQ(refused("m4", gather(false)), "ANE050");
}

TEST(Rules, ElementTypes) {
  const auto add = [](DType dtype) {
    return [=](Builder& to) {
      const ValueId x = to.input("x", Type::tensor(dtype, ConcreteShape{1, 64, 8, 8}));
      return to.add("add", {{"x", x}, {"y", x}});
    };
  };
  EXPECT_EQ(refused("m4", add(DType::kFloat16)), "");
  EXPECT_EQ(refused("m4", add(DType::kInt32)), "ANE060");
  EXPECT_EQ(refused("m4", add(DType::kFloat32)), "ANE061");
}

TEST(Rules, CapabilitiesByFamily) {
  const auto unary = [](const char* type) {
    return [=](Builder& to) { return to.add(type, {{"x", to.input("x", half({1, 64, 8, 8}))}}); };
  };
  EXPECT_EQ(refused("m1", unary("sin")), "ANE033");
  EXPECT_EQ(refused("m3", unary("sin")), "");
  for (const char* type : {"acos", "asin", "atanh", "cosh", "sinh", "tan"})
    EXPECT_EQ(refused("m4", unary(type)), "ANE030");
  for (const char* type : {"atan", "erf", "exp2", "tanh"}) EXPECT_EQ(refused("m4", unary(type)), "");
  const auto top_k = [](Builder& to) {
    return to.add_many("topk", {{"x", to.input("x", half({1, 100}))},
                                {"k", 4},
                                {"axis", 1},
                                {"ascending", false},
                                {"output_indices_dtype", "uint16"}})[0];
  };
  EXPECT_EQ(refused("m1", top_k), "ANE058");
  EXPECT_EQ(refused("m2", top_k), "");
}

// Items of the old list are found in NeuralNetwork layers and never stop an ML Program.
TEST(Rules, TheOldListIsThere) {
  const std::set<std::string> codes = {"ANE080", "ANE081", "ANE082", "ANE083", "ANE084", "ANE085"};
  for (const std::string& code : codes) {
    const Rule& rule = rule_table().get(code);
    EXPECT_EQ(rule.format, ModelFormat::kNeuralNetwork);
    EXPECT_NE(rule.evidence.find("hollance"), std::string::npos);
    EXPECT_TRUE(rule.refuses != nullptr);
  }
  const auto dilated = [](Builder& to) {
    return to.add(
        "conv",
        {{"x", to.input("x", half({1, 64, 32, 32}))}, {"weight", promised({64, 64, 3, 3})}, {"dilations", {2, 2}}});
  };
  EXPECT_EQ(refused("m4", dilated), "");
  Builder to(op_table(), "main", 7);
  const Program program = test::program_of(to, {dilated(to)});
  const Graph graph(program.main());
  const FunctionTypes types(graph);
  const OpView view(*program.main().body.ops.back(), graph, types, false);
  EXPECT_TRUE(rule_table().get("ANE081").refuses(view, find_target("a12")).has_value());
}

TEST(Rules, AreComplete) {
  std::set<std::string> codes;
  for (const Rule& rule : rule_table().all()) {
    EXPECT_TRUE(codes.insert(rule.code).second) << rule.code;
    EXPECT_EQ(rule.code.size(), 6U);
    EXPECT_GT(rule.evidence.size(), 15U) << rule.code;
    EXPECT_LE(rule.validity.from, rule.validity.to);
  }
}

}  // namespace
}  // namespace anemone
