// SPDX-License-Identifier: Apache-2.0
// Types of recurrent ops, random ops, lists, states and classifiers; repeatable random numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ir/builder.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::HasSubstr;

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

Type fp32(Shape shape) { return Type::tensor(DType::kFloat32, std::move(shape)); }

TEST(Recurrent, TypesFollowTheSequence) {
  Builder builder(op_table(), "main", 5);
  const Dim s = Dim::symbol("s");
  const ValueId x = builder.input("x", fp32({s, 2, 3}));
  const ValueId h = builder.input("h", fp32({2, 8}));
  const auto weight = [](int64_t rows, int64_t columns) {
    return floats({rows, columns}, std::vector<float>(static_cast<size_t>(rows * columns)));
  };
  std::vector<Arg> args = {{"x", x},
                           {"initial_h", h},
                           {"initial_c", h},
                           {"weight_ih", weight(16, 3)},
                           {"weight_hh", weight(16, 4)},
                           {"direction", "bidirectional"},
                           {"output_sequence", true}};
  EXPECT_THAT(refusal([&] { builder.add_many("lstm", args); }), HasSubstr("needs weight_ih_back"));
  args.emplace_back("weight_ih_back", weight(16, 3));
  args.emplace_back("weight_hh_back", weight(16, 4));
  const auto outputs = builder.add_many("lstm", args);
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_EQ(builder.type(outputs[0]).str(), fp32({s, 2, 8}).str());
  EXPECT_EQ(builder.type(outputs[2]).str(), fp32({2, 8}).str());
  args.emplace_back("bias", floats({15}, std::vector<float>(15)));
  EXPECT_THAT(refusal([&] { builder.add_many("lstm", args); }), HasSubstr("bias is"));
}

TEST(Random, SeedsRepeatAndFillTheRange) {
  const auto draw = [](const std::string& op, int seed) {
    return to_doubles(evaluate(op, {{"shape", {10000}}, {"seed", seed}}, op_table(), 5).at(0));
  };
  const auto uniform = draw("random_uniform", 3);
  EXPECT_EQ(uniform, draw("random_uniform", 3));
  EXPECT_NE(uniform, draw("random_uniform", 4));
  for (const double value : uniform) ASSERT_TRUE(value >= 0 && value < 1);
  EXPECT_NEAR(std::accumulate(uniform.begin(), uniform.end(), 0.0) / 10000, 0.5, 0.02);
  double squares = 0;
  for (const double value : draw("random_normal", 3)) squares += value * value;
  EXPECT_NEAR(squares / 10000, 1, 0.05);
}

TEST(Random, CategoricalFollowsTheLogits) {
  const Arg logits("x", floats({2}, {std::log(1.0F), std::log(3.0F)}));
  const auto drawn =
      to_doubles(evaluate("random_categorical", {logits, {"size", 10000}, {"seed", 1}}, op_table(), 5).at(0));
  EXPECT_NEAR(std::accumulate(drawn.begin(), drawn.end(), 0.0) / 10000, 0.75, 0.02);
}

TEST(Random, ShapeMayBeComputed) {
  Builder builder(op_table(), "main", 5);
  const ValueId shape = builder.input("shape", Type::tensor(DType::kInt32, Shape{2}));
  EXPECT_EQ(builder.type(builder.add("random_normal", {{"shape", shape}})).str(),
            fp32({Dim::unknown(), Dim::unknown()}).str());
  EXPECT_THAT(refusal([&] { builder.add("random_normal", {{"shape", {-1}}}); }), HasSubstr("-1"));
}

TEST(Lists, ElementsAndLengths) {
  Builder builder(op_table(), "main", 5);
  const Arg size{"elem_shape", std::vector<Operand>{Constant::of(2), Constant::of(3)}};
  const ValueId list = builder.add("make_list", {size, {"init_length", 4}, {"dynamic_length", false}});
  EXPECT_EQ(builder.type(list), Type::list(fp32({2, 3}), 4));
  const ValueId read = builder.add("list_read", {{"ls", list}, {"index", 0}});
  EXPECT_EQ(builder.type(read), fp32({2, 3}));
  EXPECT_EQ(builder.type(builder.add("list_gather", {{"ls", list}, {"indices", {0, 1, 1}}})), fp32({3, 2, 3}));
  EXPECT_EQ(builder.type(builder.add("list_write", {{"ls", list}, {"index", 1}, {"value", read}})), builder.type(list));
  const Arg wrong("value", floats({2}, {1, 2}));
  EXPECT_THAT(refusal([&] { builder.add("list_write", {{"ls", list}, {"index", 1}, wrong}); }), HasSubstr("holds"));
}

TEST(States, WritesGiveTheNextVersion) {
  Builder builder(op_table(), "main", 8);
  const Type held = Type::tensor(DType::kFloat16, Shape{2});
  const ValueId state = builder.input("cache", Type::state(held));
  const ValueId value = builder.add("read_state", {{"input", state}});
  EXPECT_EQ(builder.type(value), held);
  EXPECT_EQ(builder.type(builder.add("write_state", {{"input", state}, {"data", value}})), Type::state(held));
  const ValueId other = builder.input("x", Type::tensor(DType::kFloat16, Shape{3}));
  EXPECT_THAT(refusal([&] {
                builder.add("write_state", {{"input", state}, {"data", other}});
              }),
              HasSubstr("the state holds"));
  EXPECT_THAT(refusal([&] { builder.add("read_state", {{"input", other}}); }), HasSubstr("expected a state"));
}

TEST(Classify, LabelsMatchTheProbabilities) {
  Builder builder(op_table(), "main", 5);
  const ValueId probabilities = builder.input("p", fp32({1, 2}));
  const Type string = Type::scalar(DType::kString);
  const auto classes = [&](const std::vector<std::string>& names) {
    std::vector<Constant> members;
    for (const std::string& name : names) members.push_back(Constant::text(name));
    return Constant::aggregate(Type::list(string, static_cast<int64_t>(names.size())), members);
  };
  const auto outputs =
      builder.add_many("classify", {{"probabilities", probabilities}, {"classes", classes({"cat", "dog"})}});
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(builder.type(outputs[0]), string);
  EXPECT_EQ(builder.type(outputs[1]), Type::dictionary(string, fp32({})));
  EXPECT_THAT(refusal([&] {
                builder.add_many("classify", {{"probabilities", probabilities}, {"classes", classes({"cat"})}});
              }),
              HasSubstr("1 classes for 2"));
}

}  // namespace
}  // namespace anemone
