// SPDX-License-Identifier: Apache-2.0
// Ops that run together give the bits that they give one by one.
#include <gtest/gtest.h>

#include <cmath>

#include "golden.h"
#include "import/package.h"
#include "ir/builder.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/schedule.h"
#include "runtime/session.h"

namespace anemone {
namespace {

constexpr int kHeads = 3;
constexpr int kHead = 20;
constexpr int kWidth = kHeads * kHead;

float number(size_t i) { return std::sin(static_cast<float>(i) * 12.9898F) * 0.7F; }

Tensor numbers(const ConcreteShape& shape, float scale = 1) {
  Tensor tensor(DType::kFloat32, shape);
  for (size_t i = 0; i < tensor.as<float>().size(); ++i) tensor.as<float>()[i] = number(i) * scale;
  return tensor;
}

// A function with input x [2, length, kWidth] that a test puts together.
class Network {
 public:
  explicit Network(int length) : length_(length) {
    x_ = to_.input("x", Type::tensor(DType::kFloat32, ConcreteShape{2, length, kWidth}));
  }

  ValueId x() const { return x_; }
  ValueId add(const std::string& op, std::vector<Arg> args) { return to_.add(op, std::move(args)); }
  ValueId input(const std::string& name, const ConcreteShape& shape) {
    return to_.input(name, Type::tensor(DType::kFloat32, shape));
  }
  ValueId linear(ValueId x, int to) {
    const int from = static_cast<int>(to_.type(x).concrete().back());
    return add("linear",
               {{"x", x}, {"weight", Constant(numbers({to, from}, 0.2F))}, {"bias", Constant(numbers({to}))}});
  }
  ValueId heads(ValueId x, const std::vector<int32_t>& perm) {
    const ValueId split = add("reshape", {{"x", x}, {"shape", {2, length_, kHeads, kHead}}});
    return add("transpose", {{"x", split}, {"perm", perm}});
  }
  ValueId matmul(ValueId x, ValueId y, bool transpose_y) {
    return add("matmul", {{"x", x}, {"y", y}, {"transpose_x", false}, {"transpose_y", transpose_y}});
  }
  ValueId constant(const Tensor& value) { return to_.constant(Constant(value)); }
  ValueId softmax(ValueId x) { return add("softmax", {{"x", x}, {"axis", -1}}); }

  Program finish(const std::vector<ValueId>& outputs) {
    Program program;
    program.functions["main"] = std::make_shared<const Function>(to_.finish(outputs));
    verify(program, op_table());
    return program;
  }

 private:
  int length_;
  Builder to_{op_table(), "main", 8};
  ValueId x_;
};

// The numbers of ops that run together.
std::vector<size_t> group_sizes(const Program& program) {
  const Graph graph(program.main());
  std::vector<size_t> sizes;
  for (const ScheduleEntry& entry : make_schedule(graph, true))
    if (entry.group) sizes.push_back(entry.ops.size());
  return sizes;
}

void expect_same_bits(const Program& program, const TensorMap& more = {}) {
  TensorMap inputs = more;
  for (const Output& input : program.main().inputs)
    if (inputs.count(input.name) == 0) inputs[input.name] = numbers(input.type.concrete());
  RunOptions options;
  options.fusions = false;
  const auto expected = test::run_calls(program, {inputs}, options);
  options.fusions = true;
  for (const int threads : {1, 2}) {
    options.threads = threads;
    EXPECT_EQ(test::bit_difference(expected, test::run_calls(program, {inputs}, options)), "") << threads;
  }
}

TEST(Fusion, ProductsOfOneValueWithWhatFollowsThem) {
  Network net(7);
  const ValueId other = net.input("other", {2, 7, 100});
  ValueId a = net.add("gelu", {{"x", net.linear(net.x(), 100)}, {"mode", "EXACT"}});
  a = net.add("sub", {{"x", other}, {"y", net.add("mul", {{"x", a}, {"y", Constant::of(0.3F)}})}});
  ValueId b = net.add("mul", {{"x", net.linear(net.x(), 33)}, {"y", Constant(numbers({33}))}});
  const ValueId c = net.linear(net.x(), kWidth);
  const Program program = net.finish({a, b, net.add("add", {{"x", c}, {"y", net.x()}})});
  EXPECT_EQ(group_sizes(program), std::vector<size_t>{8});
  expect_same_bits(program);
}

TEST(Fusion, AResultThatOthersReadIsNotSwallowed) {
  Network net(5);
  const ValueId y = net.linear(net.x(), kWidth);
  const ValueId z = net.add("relu", {{"x", y}});
  const ValueId w = net.add("tanh", {{"x", net.linear(z, 40)}});
  const Program program = net.finish({y, w});
  EXPECT_EQ(group_sizes(program), std::vector<size_t>{2});
  expect_same_bits(program);
}

// z needs y, so the second product cannot run where the first does.
TEST(Fusion, AGroupThatWaitsForItselfIsNone) {
  Network net(5);
  const ValueId y = net.add("softmax", {{"x", net.linear(net.x(), kWidth)}, {"axis", 1}});
  const ValueId z = net.add("add", {{"x", net.linear(net.x(), kWidth)}, {"y", y}});
  const Program program = net.finish({z});
  EXPECT_EQ(group_sizes(program), std::vector<size_t>{2});  // the products alone
  expect_same_bits(program);
}

// The value of the residual dies in an op that stands, in the program, after the group's but runs before it.
TEST(Fusion, WhatAGroupReadsIsNotOverwritten) {
  Network net(6);
  const ValueId residual = net.add("exp", {{"x", net.x()}});
  const ValueId y = net.linear(net.x(), kWidth);
  const ValueId late = net.add("sin", {{"x", net.x()}});
  const ValueId sum = net.add("add", {{"x", y}, {"y", residual}});
  const ValueId again = net.add("sqrt", {{"x", residual}});
  const ValueId z = net.add("add", {{"x", net.linear(net.x(), kWidth)}, {"y", late}});
  const Program program = net.finish({sum, again, z});
  EXPECT_FALSE(group_sizes(program).empty());
  expect_same_bits(program);
}

TEST(Fusion, AttentionWithItsTransposes) {
  for (const int length : {1, 5, 37, 250}) {
    SCOPED_TRACE(length);
    Network net(length);
    const ValueId mask = net.input("mask", {2, 1, 1, length});
    const ValueId q = net.heads(net.linear(net.x(), kWidth), {0, 2, 1, 3});
    const ValueId k = net.heads(net.linear(net.x(), kWidth), {0, 2, 3, 1});
    const ValueId v = net.heads(net.linear(net.x(), kWidth), {0, 2, 1, 3});
    ValueId scores = net.add("mul", {{"x", net.matmul(q, k, false)}, {"y", Constant::of(0.25F)}});
    scores = net.add("add", {{"x", scores}, {"y", Constant(numbers({1, 1, length, length}))}});
    scores = net.add("add", {{"x", mask}, {"y", scores}});
    const ValueId context = net.matmul(net.softmax(scores), v, false);
    const ValueId moved = net.add("transpose", {{"x", context}, {"perm", {0, 2, 1, 3}}});
    const Program program = net.finish({net.add("reshape", {{"x", moved}, {"shape", {2, length, kWidth}}})});
    EXPECT_EQ(group_sizes(program), (std::vector<size_t>{3, 10}));
    expect_same_bits(program);
  }
}

TEST(Fusion, AttentionOfOtherLayouts) {
  Network net(9);
  const ValueId q = net.heads(net.x(), {0, 2, 1, 3});
  const ValueId k = net.heads(net.x(), {2, 0, 1, 3});  // another batch order: not the same heads, still a product
  const ValueId v = net.heads(net.x(), {0, 2, 3, 1});  // stored transposed
  const ValueId same = net.softmax(net.matmul(q, q, true));
  const ValueId first = net.add("transpose", {{"x", net.matmul(same, v, true)}, {"perm", {0, 1, 3, 2}}});
  const ValueId k_again = net.add("transpose", {{"x", k}, {"perm", {1, 0, 2, 3}}});
  const ValueId bias = net.input("bias", {3, 9, 1});
  const ValueId scores = net.add("maximum", {{"x", net.matmul(q, k_again, true)}, {"y", bias}});
  const ValueId second = net.matmul(net.softmax(scores), q, false);
  const Program program = net.finish({first, second});
  EXPECT_EQ(group_sizes(program).size(), 2U);
  expect_same_bits(program);
}

// Scores that others read, a softmax over another axis and a mask that makes the scores larger stay apart.
TEST(Fusion, WhatIsNoAttention) {
  Network net(4);
  const ValueId q = net.heads(net.x(), {0, 2, 1, 3});
  const ValueId seen = net.matmul(q, q, true);
  const ValueId a = net.matmul(net.softmax(seen), q, false);
  const ValueId across = net.add("softmax", {{"x", net.matmul(q, q, true)}, {"axis", -2}});
  const ValueId b = net.matmul(across, q, false);
  const ValueId mask = net.input("mask", {2, 2, 1, 1, 4});
  const ValueId large = net.add("add", {{"x", net.matmul(q, q, true)}, {"y", mask}});
  const ValueId c = net.matmul(net.softmax(large), q, false);
  expect_same_bits(net.finish({seen, a, b, c}));
}

// How far results are from those of float32, in decibels of the largest value.
double decibels(const TensorMap& expected, const TensorMap& got) {
  double worst = 1000;
  for (const auto& [name, reference] : expected) {
    double squares = 0;
    double peak = 0;
    for (size_t i = 0; i < reference.as<float>().size(); ++i) {
      const double difference = got.at(name).as<float>()[i] - reference.as<float>()[i];
      squares += difference * difference;
      peak = std::max(peak, static_cast<double>(std::abs(reference.as<float>()[i])));
    }
    worst = std::min(worst, 20 * std::log10(peak / std::sqrt(squares / static_cast<double>(reference.size()))));
  }
  return worst;
}

// The fast numerics promise no bits: only that they are near.
TEST(Fusion, FastNumericsAreNear) {
  Network net(17);
  const ValueId hidden = net.add("gelu", {{"x", net.linear(net.x(), 200)}, {"mode", "EXACT"}});
  const ValueId product = net.matmul(hidden, net.constant(numbers({200, 60}, 0.1F)), false);
  const Program program = net.finish({net.add("add", {{"x", net.linear(product, kWidth)}, {"y", net.x()}})});
  const std::vector<TensorMap> calls = {{{"x", numbers({2, 17, kWidth})}}};
  const auto expected = test::run_calls(program, calls, {});
  RunOptions options;
  set_numerics(options, "fast", "");
  EXPECT_GT(decibels(expected.outputs[0], test::run_calls(program, calls, options).outputs[0]), 45);
  set_numerics(options, "fast-int8", "");
  EXPECT_GT(decibels(expected.outputs[0], test::run_calls(program, calls, options).outputs[0]), 30);
}

TEST(Fusion, GoldenModelsKeepTheirBits) {
  for (const std::string& name : test::golden_names()) {
    if (name.find("iOS15-fp32") == std::string::npos) continue;
    SCOPED_TRACE(name);
    const Program program = read_package(test::golden_package(name));
    const auto calls = test::golden_inputs(name, program.main());
    RunOptions apart;
    apart.fusions = false;
    EXPECT_EQ(test::bit_difference(test::run_calls(program, calls, apart), test::run_calls(program, calls, {})), "");
  }
}

}  // namespace
}  // namespace anemone
