// SPDX-License-Identifier: Apache-2.0
// Methods that make the graph smaller. Units that add nothing to the result go first and are not missed, so that the
// program without them gives the same results.
#include <cmath>

#include "compress/subspace.h"
#include "ir/verify.h"
#include "support.h"

namespace anemone {
namespace {

Tensor made(ConcreteShape shape, uint32_t seed) { return test::made_weight(std::move(shape), DType::kFloat32, seed); }

// Zeros at these places of an axis of a matrix.
Tensor without(Tensor tensor, int axis, const std::vector<int64_t>& places) {
  const int64_t columns = tensor.shape()[1];
  for (int64_t i = 0; i < tensor.size(); ++i)
    for (const int64_t place : places)
      if ((axis == 0 ? i / columns : i % columns) == place) tensor.as<float>()[static_cast<size_t>(i)] = 0;
  return tensor;
}

std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> result;
  for (int64_t i = begin; i < end; ++i) result.push_back(i);
  return result;
}

class Maker {
 public:
  explicit Maker(const ConcreteShape& x) : x_(builder_.input("x", Type::tensor(DType::kFloat32, x))) {}
  ValueId x() const { return x_; }
  ValueId add(const std::string& type, std::vector<Arg> arguments, const std::string& name = "") {
    return builder_.add(type, std::move(arguments), name);
  }
  std::vector<ValueId> many(const std::string& type, std::vector<Arg> arguments) {
    return builder_.add_many(type, std::move(arguments));
  }
  ValueId linear(ValueId x, Tensor weight, const std::string& name) {
    const ConcreteShape bias = {weight.shape()[0]};
    return add("linear",
               {{"x", x},
                {"weight", builder_.constant(Constant(std::move(weight)), name + "_weight")},
                {"bias", builder_.constant(Constant(made(bias, 99)), name + "_bias")}},
               name);
  }
  void at(const std::string& provenance) { builder_.set_provenance(provenance); }
  Program program(ValueId result) {
    builder_.rename(result, "result");
    Program program;
    program.functions["main"] = std::make_shared<const Function>(builder_.finish({result}));
    return program;
  }

 private:
  Builder builder_{op_table(), "main", 8};
  ValueId x_;
};

std::vector<float> results(const Program& program, const ConcreteShape& shape) {
  Session session(std::make_shared<const Program>(program), RunOptions{});
  TensorMap states;
  const auto outputs = session.run({{"x", made(shape, 7)}}, states);
  const Tensor& result = outputs.at("result").tensor;
  return {result.as<float>().begin(), result.as<float>().end()};
}

void expect_same_results(const Program& before, const Program& after, const ConcreteShape& shape) {
  verify(after, op_table());
  const auto want = results(before, shape), got = results(after, shape);
  ASSERT_EQ(want.size(), got.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(want[i], got[i], 1e-5);
}

std::vector<int> op_count(const Program& program, const std::vector<std::string>& types) {
  std::vector<int> counts(types.size(), 0);
  for (const OpPtr& op : program.main().body.ops)
    for (size_t i = 0; i < types.size(); ++i) counts[i] += op->type == types[i];
  return counts;
}

ConcreteShape shape_of(const Compressed& result, const std::string& weight) {
  for (const WeightReport& report : result.weights)
    if (report.name == weight) return report.shape;
  return {};
}

// Gated: both branches lose the neurons.
TEST(Reduction, NeuronsThatAddNothingGo) {
  Maker maker({2, 3, 8});
  const ValueId gate =
      maker.add("silu", {{"x", maker.linear(maker.x(), without(made({16, 8}, 1), 0, {3, 7, 8, 12}), "gate")}});
  const ValueId up = maker.linear(maker.x(), without(made({16, 8}, 2), 0, {3, 7, 8, 12}), "up");
  const ValueId hidden = maker.add("mul", {{"x", gate}, {"y", up}});
  const Program program = maker.program(maker.linear(hidden, without(made({8, 16}, 3), 1, {3, 7, 8, 12}), "down"));
  const Compressed result =
      test::compressed(program, R"([{"remove_neurons": {"share": 0.25}}])", 1, R"("names": ["down_weight"], )");
  ASSERT_EQ(result.reductions.size(), 1U);
  EXPECT_EQ(result.reductions[0].part.outcome, "4 of 16 neurons go");
  EXPECT_EQ(shape_of(result, "gate_weight"), (ConcreteShape{12, 8}));
  EXPECT_EQ(shape_of(result, "up_weight"), (ConcreteShape{12, 8}));
  EXPECT_EQ(shape_of(result, "down_weight"), (ConcreteShape{8, 12}));
  expect_same_results(program, result.program, {2, 3, 8});
}

TEST(Reduction, WhatOthersNeedStays) {
  Maker maker({2, 8});
  const ValueId hidden = maker.linear(maker.x(), made({16, 8}, 1), "up");
  const ValueId normal = maker.add("softmax", {{"x", hidden}, {"axis", -1}});
  const Program program = maker.program(maker.linear(normal, made({8, 16}, 2), "down"));
  const Compressed result = test::compressed(program, R"([{"remove_neurons": {"share": 0.5}}])");
  ASSERT_EQ(result.reductions.size(), 2U);
  for (const ReductionReport& report : result.reductions) EXPECT_FALSE(report.part.done);
  EXPECT_EQ(result.reductions[0].part.outcome, "its inputs cannot go: they reach an input");
  EXPECT_NE(result.reductions[1].part.outcome.find("(softmax) mixes them"), std::string::npos);
  EXPECT_FALSE(difference(program, result.program).has_value());
}

// Four heads of 4 channels; the second one adds nothing.
Program attention(bool fused) {
  Maker maker({2, 5, 16});
  const auto heads = [&](uint32_t seed, const std::string& name) {
    const ValueId all = maker.add(
        "reshape",
        {{"x", maker.linear(maker.x(), without(made({16, 16}, seed), 0, range(4, 8)), name)}, {"shape", {2, 5, 4, 4}}});
    return maker.add("transpose", {{"x", all}, {"perm", {0, 2, 1, 3}}});
  };
  const ValueId query = heads(1, "query"), key = heads(2, "key"), value = heads(3, "value");
  ValueId context = kNoValue;
  if (fused) {
    context = maker.add("scaled_dot_product_attention", {{"query", query}, {"key", key}, {"value", value}});
  } else {
    const ValueId scores = maker.add("matmul", {{"x", query}, {"y", key}, {"transpose_y", true}});
    context = maker.add("matmul", {{"x", maker.add("softmax", {{"x", scores}, {"axis", -1}})}, {"y", value}});
  }
  context = maker.add("transpose", {{"x", context}, {"perm", {0, 2, 1, 3}}});
  context = maker.add("reshape", {{"x", context}, {"shape", {2, 5, 16}}});
  return maker.program(maker.linear(context, without(made({16, 16}, 4), 1, range(4, 8)), "output"));
}

TEST(Reduction, HeadsThatAddNothingGo) {
  for (const bool fused : {false, true}) {
    const Program program = attention(fused);
    const Compressed result = test::compressed(program, R"([{"remove_heads": {"share": 0.25}}])");
    for (const ReductionReport& report : result.reductions)
      EXPECT_EQ(report.part.done, report.part.name == "output_weight") << report.part.outcome;
    EXPECT_EQ(shape_of(result, "query_weight"), (ConcreteShape{12, 16}));
    EXPECT_EQ(shape_of(result, "value_weight"), (ConcreteShape{12, 16}));
    EXPECT_EQ(shape_of(result, "output_weight"), (ConcreteShape{16, 12}));
    expect_same_results(program, result.program, {2, 5, 16});
  }
}

// The same one head at a time.
TEST(Reduction, HeadsOfTheirOwnGo) {
  Maker maker({2, 5, 16});
  const auto heads = [&](uint32_t seed, const std::string& name) {
    const ValueId all = maker.linear(maker.x(), without(made({16, 16}, seed), 0, range(8, 12)), name);
    return maker.many("split", {{"x", all}, {"num_splits", 4}, {"axis", -1}});
  };
  const auto query = heads(1, "query"), key = heads(2, "key"), value = heads(3, "value");
  std::vector<ValueId> contexts;
  for (size_t i = 0; i < 4; ++i) {
    const ValueId scores = maker.add("matmul", {{"x", query[i]}, {"y", key[i]}, {"transpose_y", true}});
    const ValueId weights = maker.add("softmax", {{"x", scores}, {"axis", -1}});
    contexts.push_back(maker.add("matmul", {{"x", weights}, {"y", value[i]}}));
  }
  const ValueId context = maker.add("concat", {{"values", contexts}, {"axis", -1}});
  const Program program = maker.program(maker.linear(context, without(made({16, 16}, 4), 1, range(8, 12)), "output"));
  const Compressed result = test::compressed(program, R"([{"remove_heads": {"share": 0.25}}])");
  EXPECT_EQ(op_count(result.program, {"softmax", "split"}), (std::vector<int>{3, 3}));
  EXPECT_EQ(shape_of(result, "query_weight"), (ConcreteShape{12, 16}));
  EXPECT_EQ(shape_of(result, "output_weight"), (ConcreteShape{16, 12}));
  expect_same_results(program, result.program, {2, 5, 16});
}

TEST(Reduction, LayersGo) {
  Maker maker({2, 8});
  ValueId value = maker.x();
  for (int i = 0; i < 3; ++i) {
    maker.at(fmt::format("encoder.layer.{}.block", i));
    Tensor weight = made({8, 8}, static_cast<uint32_t>(i) + 1);
    for (float& each : weight.as<float>()) each *= i == 1 ? 0.1F : 1.0F;
    const ValueId made_here = maker.linear(value, std::move(weight), fmt::format("layer{}", i));
    value = maker.add("add", {{"x", value}, {"y", made_here}});
  }
  maker.at("head");
  const Program program = maker.program(maker.linear(value, made({8, 8}, 9), "head"));
  const Compressed one = test::compressed(program, R"([{"remove_layers": {"count": 1}}])");
  ASSERT_EQ(one.reductions.size(), 1U);
  EXPECT_EQ(one.reductions[0].part.name, "encoder.layer.1");
  EXPECT_EQ(op_count(one.program, {"linear", "add"}), (std::vector<int>{3, 2}));
  const Compressed two = test::compressed(program, R"([{"remove_layers": {"layers": [1, 2]}}])");
  EXPECT_EQ(op_count(two.program, {"linear", "add"}), (std::vector<int>{2, 1}));
  verify(two.program, op_table());
  const Compressed none = test::compressed(program, R"([{"remove_layers": {"layers": [7]}}])");
  EXPECT_FALSE(none.reductions.at(0).part.done);
}

// A weight that has a low rank is not missed.
TEST(Reduction, LowRanks) {
  const Tensor left = made({24, 3}, 1), right = made({3, 32}, 2);
  Tensor weight(DType::kFloat32, {24, 32});
  std::fill(weight.as<float>().begin(), weight.as<float>().end(), 0.0F);
  for (size_t i = 0; i < 24; ++i)
    for (size_t j = 0; j < 32; ++j)
      for (size_t k = 0; k < 3; ++k)
        weight.as<float>()[i * 32 + j] += left.as<float>()[i * 3 + k] * right.as<float>()[k * 32 + j];
  Maker maker({4, 32});
  const Program program = maker.program(maker.linear(maker.x(), weight, "thin"));
  for (const char* settings : {R"("rank": 3)", R"("keep": 0.22)", R"("keep": 0.3, "scope": "global")"}) {
    const Compressed result = test::compressed(program, fmt::format(R"([{{"low_rank": {{{}}}}}])", settings));
    ASSERT_TRUE(result.reductions.at(0).part.done) << result.reductions.at(0).part.outcome;
    EXPECT_EQ(op_count(result.program, {"linear"}), (std::vector<int>{2}));
    expect_same_results(program, result.program, {4, 32});
  }
  const Compressed too_large = test::compressed(program, R"([{"low_rank": {"rank": 14}}])");
  EXPECT_EQ(too_large.reductions.at(0).part.outcome, "rank 14 would take as much as it does");
  // What is made follows the rule as well, also by the name of what it came from.
  const Compressed both =
      test::compressed(program, R"([{"low_rank": {"rank": 4}}, {"quantize": {}}])", 1, R"("names": ["thin_weight"], )");
  EXPECT_EQ(test::constexpr_ops(both.program).size(), 2U);
}

TEST(Reduction, SubspacesHoldTheLargestDirections) {
  // Lines whose squares along the axes are 9, 4, 1 and 0.
  std::vector<float> lines = {3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
  const Subspace subspace = dominant_subspace(lines, 4, 4, 2, 1);
  EXPECT_NEAR(subspace.total, 14, 1e-9);
  EXPECT_NEAR(subspace.energies[0], 9, 1e-4);
  EXPECT_NEAR(subspace.energies[1], 4, 1e-4);
  EXPECT_NEAR(std::fabs(subspace.directions[0]), 1, 1e-4);
  EXPECT_NEAR(std::fabs(subspace.directions[5]), 1, 1e-4);
  const Subspace nothing = dominant_subspace(std::vector<float>(16, 0.0F), 4, 4, 2, 1);
  EXPECT_EQ(nothing.energies, (std::vector<double>{0, 0}));
}

TEST(Reduction, MethodsThatEncodeComeLater) {
  const Program program = test::program_of(Constant(test::made_weight({64, 32})), 8);
  try {
    test::compressed(program, R"([{"palettize": {}}, {"low_rank": {}}])");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("low_rank: expected before palettize"), std::string::npos);
  }
}

}  // namespace
}  // namespace anemone
