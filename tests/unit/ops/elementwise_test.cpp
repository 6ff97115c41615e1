// SPDX-License-Identifier: Apache-2.0
// Elementwise ops, reductions and norms beyond their samples: broadcasting of unknown sizes, corner values, empty
// tensors, and results that do not depend on threads or on neighbouring rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "ir/builder.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string inferred(const std::string& op, const std::vector<std::pair<std::string, Type>>& inputs,
                     std::vector<Arg> rest = {}, int opset = 5) {
  Builder builder(op_table(), "main", opset);
  for (const auto& [name, type] : inputs) rest.emplace_back(name, builder.input(name, type));
  return builder.type(builder.add(op, rest)).str();
}

std::vector<double> values(const std::string& op, const std::vector<Arg>& args, int opset = 5) {
  return to_doubles(evaluate(op, args, op_table(), opset).at(0));
}

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

Type fp16(Shape shape) { return Type::tensor(DType::kFloat16, std::move(shape)); }
Type fp32(Shape shape) { return Type::tensor(DType::kFloat32, std::move(shape)); }

TEST(Elementwise, BroadcastsSymbolsAndUnknowns) {
  const Dim s = Dim::symbol("s");
  EXPECT_EQ(inferred("add", {{"x", fp32({2, s, 1})}, {"y", fp32({s, 3})}}), fp32({2, s, 3}).str());
  EXPECT_EQ(inferred("less", {{"x", fp32({Dim::unknown()})}, {"y", fp32({4})}}),
            Type::tensor(DType::kBool, Shape{4}).str());
  EXPECT_EQ(inferred("mul", {{"x", fp32({Dim::unknown()})}, {"y", fp32({s})}}), fp32({Dim::unknown()}).str());
  EXPECT_THAT(refusal([] { inferred("add", {{"x", fp32({2})}, {"y", fp32({3})}}); }), HasSubstr("do not match"));
  EXPECT_THAT(refusal([] { inferred("add", {{"x", fp32({2})}, {"y", fp16({2})}}); }), HasSubstr("element type"));
}

TEST(Elementwise, BroadcastsAlongMixedAxes) {
  const Arg x("x", ints({2, 1, 2}, {0, 10, 20, 30}));
  const Arg y("y", ints({3, 1}, {1, 2, 3}));
  EXPECT_THAT(values("add", {x, y}), ElementsAre(1, 11, 2, 12, 3, 13, 21, 31, 22, 32, 23, 33));
}

TEST(Elementwise, IntegersNeverTrap) {
  const int32_t low = std::numeric_limits<int32_t>::lowest();
  const Arg x("x", ints({3}, {7, low, low}));
  const Arg y("y", ints({3}, {0, -1, 0}));
  EXPECT_THAT(values("floor_div", {x, y}), ElementsAre(0, low, 0));
  EXPECT_THAT(values("real_div", {x, y}), ElementsAre(0, low, 0));
  EXPECT_THAT(values("mod", {x, y}), ElementsAre(0, 0, 0));
  EXPECT_THAT(values("mul", {x, y}), ElementsAre(0, low, 0));
  EXPECT_THAT(values("abs", {x}), ElementsAre(7, low, low));
}

TEST(Elementwise, FloorDivisionFollowsTheRemainder) {
  // 1 / 0.1 rounds to 10, but 0.1 in binary is larger than a tenth, so it fits nine times.
  const Arg x("x", floats({1}, {1}));
  const Arg y("y", floats({1}, {0.1F}));
  EXPECT_THAT(values("floor_div", {x, y}), ElementsAre(9));
}

TEST(Elementwise, NotANumberStays) {
  const Arg x("x", floats({2}, {NAN, 1}));
  const Arg y("y", floats({2}, {1, NAN}));
  for (const char* op : {"maximum", "minimum"})
    for (const double value : values(op, {x, y})) EXPECT_TRUE(std::isnan(value)) << op;
  for (const char* op : {"relu", "relu6", "softplus"}) EXPECT_TRUE(std::isnan(values(op, {x})[0])) << op;
}

TEST(Elementwise, FarArgumentsStayFinite) {
  const Arg x("x", floats({2}, {-200, 200}));
  EXPECT_THAT(values("softplus", {x}), ElementsAre(testing::Lt(1e-30), 200));
  EXPECT_THAT(values("silu", {x}), ElementsAre(testing::Gt(-1e-30), 200));
  EXPECT_THAT(values("elu", {x, {"alpha", Constant::of(2.0F)}}), ElementsAre(-2, 200));
}

TEST(Elementwise, CastsSaturate) {
  const Arg x("x", floats({4}, {3e9F, -3e9F, NAN, 255.9F}));
  EXPECT_THAT(values("cast", {x, {"dtype", "int32"}}), ElementsAre(2147483647.0, -2147483648.0, 0, 255));
  EXPECT_THAT(refusal([&] { values("cast", {x, {"dtype", "int8"}}); }), HasSubstr("CoreML5"));
  EXPECT_THAT(values("cast", {x, {"dtype", "uint8"}}, 7), ElementsAre(255, 0, 0, 255));
}

TEST(Elementwise, DefaultEpsilonHasTheTypeOfX) {
  const std::vector<float> zero = {0};
  EXPECT_THAT(values("rsqrt", {{"x", floats({1}, zero)}}), ElementsAre(testing::DoubleNear(1e6, 1)));
  EXPECT_THAT(values("rsqrt", {{"x", floats({1}, zero, DType::kFloat16)}}), ElementsAre(kInfinity));
}

TEST(Elementwise, ClipBoundsAreCheckedSinceCoreML7) {
  const std::vector<Arg> args = {{"x", floats({1}, {5})}, {"alpha", Constant::of(1.0F)}, {"beta", Constant::of(1.0F)}};
  EXPECT_THAT(values("clip", args), ElementsAre(1));
  EXPECT_THAT(refusal([&] { values("clip", args, 7); }), HasSubstr("not smaller"));
}

TEST(Reductions, KeepSymbols) {
  const Dim s = Dim::symbol("s");
  const std::vector<std::pair<std::string, Type>> x = {{"x", fp32({2, s, 4})}};
  EXPECT_EQ(inferred("reduce_sum", x, {{"axes", {0, -1}}}), fp32({s}).str());
  EXPECT_EQ(inferred("reduce_sum", x, {{"axes", {1}}, {"keep_dims", true}}), fp32({2, 1, 4}).str());
  EXPECT_EQ(inferred("reduce_max", x), fp32({}).str());
  EXPECT_THAT(refusal([&] { inferred("reduce_sum", x, {{"axes", {3}}}); }), HasSubstr("out of range"));
  EXPECT_THAT(refusal([&] { inferred("reduce_sum", x, {{"axes", {2, -1}}}); }), HasSubstr("occurs twice"));
}

TEST(Reductions, EmptyRows) {
  const Arg x("x", floats({2, 0}, {}));
  EXPECT_THAT(values("reduce_sum", {x, {"axes", {1}}}), ElementsAre(0, 0));
  EXPECT_THAT(values("reduce_prod", {x, {"axes", {1}}}), ElementsAre(1, 1));
  EXPECT_THAT(refusal([&] { values("reduce_max", {x, {"axes", {1}}}); }), HasSubstr("no elements"));
  EXPECT_THAT(refusal([&] { values("reduce_argmax", {x}); }), HasSubstr("no elements"));
  EXPECT_TRUE(values("softmax", {x}).empty());
}

TEST(Reductions, LogSumExpDoesNotOverflow) {
  const Arg x("x", floats({3, 2}, {1000, 1000, -kInfinity, -kInfinity, -kInfinity, 3}));
  EXPECT_THAT(values("reduce_log_sum_exp", {x, {"axes", {1}}}),
              ElementsAre(testing::DoubleNear(1000.693147, 1e-4), -kInfinity, 3));
}

TEST(Reductions, RowsDoNotSeeEachOther) {
  std::vector<float> row(1000);
  for (size_t i = 0; i < row.size(); ++i) row[i] = std::sin(static_cast<float>(i));
  std::vector<float> many;
  for (int i = 0; i < 7; ++i) many.insert(many.end(), row.begin(), row.end());
  for (const char* op : {"softmax", "layer_norm"}) {
    const std::vector<Arg> last = op == std::string("softmax") ? std::vector<Arg>{} : std::vector<Arg>{{"axes", {1}}};
    std::vector<Arg> one = last;
    one.emplace_back("x", floats({1, 1000}, row));
    std::vector<Arg> seven = last;
    seven.emplace_back("x", floats({7, 1000}, many));
    const auto alone = values(op, one);
    const auto together = values(op, seven);
    for (size_t i = 0; i < together.size(); ++i) ASSERT_EQ(together[i], alone[i % 1000]) << op;
  }
}

TEST(Norms, RefuseParametersThatDoNotFit) {
  const std::vector<std::pair<std::string, Type>> x = {{"x", fp32({1, 2, Dim::symbol("s")})}};
  const Arg three("gamma", floats({3}, {1, 1, 1}));
  EXPECT_THAT(refusal([&] { inferred("layer_norm", x, {three, {"axes", {1}}}); }), HasSubstr("gamma is"));
  EXPECT_EQ(inferred("layer_norm", x, {three, {"axes", {2}}}), x[0].second.str());
  EXPECT_THAT(refusal([&] { inferred("instance_norm", x, {three}); }), HasSubstr("2 channels"));
  EXPECT_THAT(refusal([&] { inferred("l2_norm", {{"x", fp32({2, 2})}}); }), HasSubstr("at least 3"));
}

TEST(Norms, EpsilonMayBeWiderThanTheParameters) {
  const Arg one("mean", floats({1}, {1}, DType::kFloat16));
  const Arg variance("variance", floats({1}, {4}, DType::kFloat16));
  const Arg x("x", floats({1, 1, 1}, {5}, DType::kFloat16));
  EXPECT_THAT(values("batch_norm", {x, one, variance, {"epsilon", Constant::of(0.0F)}}), ElementsAre(2));
}

}  // namespace
}  // namespace anemone
