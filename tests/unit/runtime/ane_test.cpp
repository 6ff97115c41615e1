// SPDX-License-Identifier: Apache-2.0
// Programs computed as the Neural Engine does: which ops take its arithmetic, rounding between them, and what stays as
// IEEE has it. Origins of the expected values: 751K, Apple Neural Engine Microarchitecture Study M6, tables 8-1 to 8-5;
// ANEForge, numeric-cliffs (reduce_sum, slices).
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "base/half.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "kernels/ane/family.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Values = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();

Session session_of(const std::string& function, const RunOptions& options, const std::string& opset) {
  auto program =
      std::make_shared<Program>(parse("program(1.0) { func main<" + opset + ">" + function + "; }", op_table()));
  verify(*program, op_table());
  return {std::move(program), options};
}

RunOptions on(const std::string& chip, int threads = 1) {
  RunOptions options;
  set_numerics(options, "ane", chip);
  options.threads = threads;
  return options;
}

// y of a function whose inputs are vectors of halves.
Values run(const std::string& function, const std::map<std::string, std::vector<float>>& inputs,
           const RunOptions& options = on(""), const std::string& opset = "ios17") {
  Session session = session_of(function, options, opset);
  TensorMap given;
  for (const Output& input : session.program().main().inputs) {
    const std::vector<float>& values = inputs.at(input.name);
    given[input.name] = Tensor::of<float>(DType::kFloat32, input.type.concrete(), values);
  }
  TensorMap states;
  return to_doubles(session.run(given, states).at("y").tensor);
}

Values binary(const std::string& op, std::vector<float> x, std::vector<float> y) {
  const std::string type = "tensor<fp16, [" + std::to_string(x.size()) + "]> ";
  return run("(" + type + "a, " + type + "b) { " + type + "y = " + op + "(x = a, y = b); } -> (y)",
             {{"a", std::move(x)}, {"b", std::move(y)}});
}

Values unary(const std::string& call, const std::vector<float>& x) {
  const std::string type = "tensor<fp16, [" + std::to_string(x.size()) + "]> ";
  return run("(" + type + "a) { " + type + "y = " + call + "; } -> (y)", {{"a", x}});
}

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInfinite = std::numeric_limits<float>::infinity();

TEST(AneNumerics, ElementwiseIsHalfWithTiesAwayFromZero) {
  EXPECT_THAT(binary("add", {2048, -2048, 4096, 1, 16384, 32752, 65504, 40000, 0x1p-24F},
                     {1, -1, 2, 0x1p-11F, 16384, 16, 0, 1, 0}),
              ElementsAre(2050, -2050, 4100, 1 + 0x1p-10, 32768, 32768, 65504, 40000, 0x1p-24));
  EXPECT_THAT(binary("mul", {0x1p-12F, 256, 200, 0x1p-7F, 65504}, {0x1p-12F, 256, 200, 0x1p-10F, 0}),
              ElementsAre(0x1p-24, kInf, 40000, 0x1p-17, 0));
  EXPECT_THAT(binary("sub", {2048, 65504, 0.0078125F}, {1, 0, 0.0009765625F}), ElementsAre(2047, 65504, 0.0068359375));
}

TEST(AneNumerics, InfinityAndNanAreReadAsNumbers) {
  EXPECT_THAT(binary("add", {kNan, kInfinite}, {1, 1}), ElementsAre(kInf, kInf));
  EXPECT_THAT(binary("mul", {kNan, kInfinite}, {1, 1}), ElementsAre(kInf, kInf));
  EXPECT_THAT(binary("sub", {kInfinite}, {kInfinite}), ElementsAre(0));
  EXPECT_THAT(unary("relu(x = a)", {kNan, -kInfinite}), ElementsAre(kInf, 0));
}

TEST(AneNumerics, ProductsSumInFixedPoint) {
  const std::string linear = R"((tensor<fp16, [1, 2]> x) {
      w = const()[val = tensor<fp16, [3, 2]>([[1, 1], [-1, -1], [1, 0.5]])];
      b = const()[val = tensor<fp16, [3]>([-16384, 0, 1])];
      tensor<fp16, [1, 3]> y = linear(bias = b, weight = w, x = x); } -> (y))";
  EXPECT_THAT(run(linear, {{"x", {16384, 16384}}}), ElementsAre(16384, -kInf, 24576));
  EXPECT_THAT(run(linear, {{"x", {2048, 1}}}), ElementsAre(-14336, -2050, 2050));
  const std::string matmul = R"((tensor<fp16, [1, 5]> a, tensor<fp16, [5, 1]> b) {
      tensor<fp16, [1, 1]> y = matmul(x = a, y = b); } -> (y))";
  EXPECT_THAT(run(matmul, {{"a", {16384, 16384, -16384, -16384, 1}}, {"b", {1, 1, 1, 1, 1}}}), ElementsAre(kInf));
  EXPECT_THAT(run(matmul, {{"a", {16384, -16384, 16384, -16384, 1}}, {"b", {1, 1, 1, 1, 1}}}), ElementsAre(1));
  const std::string einsum = R"((tensor<fp16, [1, 5, 1, 1]> a, tensor<fp16, [1, 1, 1, 5]> b) {
      tensor<fp16, [1, 1, 1, 1]> y = einsum(equation = string("bchq,bkhc->bkhq"), values = (a, b)); } -> (y))";
  EXPECT_THAT(run(einsum, {{"a", {16384, 16384, -16384, -16384, 1}}, {"b", {1, 1, 1, 1, 1}}}), ElementsAre(kInf));
}

// The same numbers through linear, and convolutions that reach it by other ways.
TEST(AneNumerics, ConvolutionsSumAsLinearDoes) {
  const std::string weights = "tensor<fp16, [2, 3, 1, 1]>([0.333, -1.5, 30, 0.001, 7, -30])";
  const std::string conv = "(tensor<fp16, [1, 3, 1, 2]> x) { w = const()[val = " + weights + R"(];
      b = const()[val = tensor<fp16, [2]>([0.1, -3])];
      tensor<fp16, [1, 2, 1, 2]> y = conv(bias = b, weight = w, x = x); } -> (y))";
  const std::string linear = R"((tensor<fp16, [2, 3]> x) {
      w = const()[val = tensor<fp16, [2, 3]>([0.333, -1.5, 30, 0.001, 7, -30])];
      b = const()[val = tensor<fp16, [2]>([0.1, -3])];
      tensor<fp16, [2, 2]> y = linear(bias = b, weight = w, x = x); } -> (y))";
  const Values rows = run(linear, {{"x", {0.7F, 1000, 33, 1200, -2, 0.003F}}});
  const Values channels = run(conv, {{"x", {0.7F, 1200, 1000, -2, 33, 0.003F}}});
  EXPECT_THAT(channels, ElementsAre(rows[0], rows[2], rows[1], rows[3]));
  // A 1 x 3 window that is 0 beside its middle, and the same in two batches of one.
  const std::string wide = R"((tensor<fp16, [1, 3, 1, 2]> x) {
      w = const()[val = tensor<fp16, [2, 3, 1, 3]>([0, 0.333, 0, 0, -1.5, 0, 0, 30, 0, 0, 0.001, 0, 0, 7, 0, 0, -30, 0])];
      b = const()[val = tensor<fp16, [2]>([0.1, -3])];
      tensor<fp16, [1, 2, 1, 2]> y = conv(bias = b, pad_type = string("same"), weight = w, x = x); } -> (y))";
  EXPECT_EQ(run(wide, {{"x", {0.7F, 1200, 1000, -2, 33, 0.003F}}}), channels);
}

// K products of -128 by -128 (751K, table 8-4).
Values int8_sum(int64_t k, const std::string& chip) {
  const std::string size = std::to_string(k);
  std::string weights;
  for (int64_t i = 0; i < k; ++i) weights += i ? ", -128" : "-128";
  const std::string function = "(tensor<fp16, [1, " + size + R"(]> x) {
      s = const()[val = fp16(0.00390625)];
      tensor<int8, [1, )" + size +
                               R"(]> q = quantize(input = x, output_dtype = string("int8"), scale = s);
      tensor<fp16, [1, )" + size +
                               R"(]> d = dequantize(input = q, scale = s);
      data = const()[val = tensor<int8, [1, )" +
                               size + R"(]>([)" + weights + R"(])];
      ws = const()[val = tensor<fp16, [1, 1]>([[0.00390625]])];
      tensor<fp16, [1, )" + size +
                               R"(]> w = constexpr_blockwise_shift_scale(data = data, scale = ws);
      tensor<fp16, [1, 1]> y = linear(weight = w, x = d); } -> (y))";
  return run(function, {{"x", std::vector<float>(static_cast<size_t>(k), -0.5F)}}, on(chip), "ios18");
}

TEST(AneNumerics, Int8SumsAreIntegers) {
  EXPECT_THAT(int8_sum(65536, "m4"), ElementsAre(16384));  // 2^30 levels
  EXPECT_THAT(int8_sum(131072, "m4"), ElementsAre(kInf));  // 2^31
  EXPECT_THAT(int8_sum(131072, "m1"), ElementsAre(kInf));  // 32768 in half's accumulator
  EXPECT_THAT(int8_sum(131000, "m4"), ElementsAre(32752));
}

TEST(AneNumerics, QuantizationRoundsAwayFromZero) {
  const std::string function = R"((tensor<fp16, [4]> x) {
      s = const()[val = fp16(1)];
      tensor<int8, [4]> q = quantize(input = x, output_dtype = string("int8"), scale = s);
      tensor<fp16, [4]> y = dequantize(input = q, scale = s); } -> (y))";
  EXPECT_THAT(run(function, {{"x", {0.5F, -2.5F, 2.4F, 200}}}), ElementsAre(1, -3, 2, 127));
}

TEST(AneNumerics, SumsAreNarrow) {
  const std::string sum = R"((tensor<fp16, [8]> x) { axes = const()[val = tensor<int32, [1]>([0])];
      keep = const()[val = bool(true)];
      tensor<fp16, [1]> y = reduce_sum(axes = axes, keep_dims = keep, x = x); } -> (y))";
  EXPECT_THAT(run(sum, {{"x", {256, 256, 256, 256, 256, 256, 256, 256}}}), ElementsAre(2048));
  EXPECT_THAT(run(sum, {{"x", {257, 256, 256, 256, 256, 256, 256, 256}}}), ElementsAre(2050));
  EXPECT_THAT(run(sum, {{"x", {2048, 1, -2048, 0, 0, 0, 0, 0}}}), ElementsAre(2));
  const RunOptions half = [] {
    RunOptions options;
    options.numerics = Numerics::kIeeeHalf;
    return options;
  }();
  EXPECT_THAT(run(sum, {{"x", {2048, 1, -2048, 0, 0, 0, 0, 0}}}, half), ElementsAre(1));
}

TEST(AneNumerics, NormsAndSoftmaxStayNearTheExact) {
  std::vector<float> x;
  for (int i = 0; i < 64; ++i) x.push_back(round_to_half(std::sin(static_cast<float>(i) * 1.7F) * 4));
  const std::string type = "tensor<fp16, [1, 64]> ";
  const std::string axes = "axes = const()[val = tensor<int32, [1]>([1])]; ";
  RunOptions exact;
  for (const std::string& call :
       {std::string("softmax(axis = int32(-1), x = x)"), std::string("layer_norm(axes = axes, x = x)")}) {
    const std::string function = "(" + type + "x) { " + axes + type + "y = " + call + "; } -> (y)";
    const Values want = run(function, {{"x", x}}, exact);
    const Values got = run(function, {{"x", x}});
    double largest = 0;
    double error = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      largest = std::max(largest, std::abs(want[i]));
      error = std::max(error, std::abs(want[i] - got[i]));
    }
    EXPECT_LT(error, 0.02 * largest) << call;
    EXPECT_GT(error, 0) << call;
  }
}

TEST(AneNumerics, RowsOfMinusInfinityGiveNumbers) {
  const std::string function = R"((tensor<fp16, [1, 4]> x) {
      tensor<fp16, [1, 4]> y = softmax(axis = int32(-1), x = x); } -> (y))";
  EXPECT_THAT(run(function, {{"x", {0, -kInfinite, 0, -kInfinite}}}), ElementsAre(0.5, 0, 0.5, 0));
  EXPECT_THAT(run(function, {{"x", {-kInfinite, -kInfinite, -kInfinite, -kInfinite}}}),
              ElementsAre(0.25, 0.25, 0.25, 0.25));
}

TEST(AneNumerics, SlicesInsideTheLastAxisOverflowBeforeH16) {
  const std::string function = R"((tensor<fp16, [1, 4]> x) {
      begin = const()[val = tensor<int32, [2]>([0, 1])]; size = const()[val = tensor<int32, [2]>([1, 3])];
      tensor<fp16, [1, 3]> y = slice_by_size(begin = begin, size = size, x = x); } -> (y))";
  const std::vector<float> x = {5000, 4094, 4096, -60000};
  for (const char* chip : {"", "m1", "m2-pro", "m3", "a14", "a16", "h13"})
    EXPECT_THAT(run(function, {{"x", x}}, on(chip)), ElementsAre(4094, kInf, -kInf)) << chip;
  for (const char* chip : {"m4", "m5-max", "m6", "a17-pro", "h18"})
    EXPECT_THAT(run(function, {{"x", x}}, on(chip)), ElementsAre(4094, 4096, -60000)) << chip;
}

TEST(AneNumerics, WhatIsNotOnTheEngineIsAsIeeeHasIt) {
  const std::string wide = R"((tensor<fp32, [1, 2]> x) {
      w = const()[val = tensor<fp32, [1, 2]>([[1, 0.1]])];
      tensor<fp32, [1, 1]> h = linear(weight = w, x = x);
      tensor<fp32, [1, 1]> y = sigmoid(x = h); } -> (y))";
  RunOptions plain;
  EXPECT_EQ(run(wide, {{"x", {1, 0.001F}}}), run(wide, {{"x", {1, 0.001F}}}, plain));
  // A value that is known beforehand is computed by the compiler: exact sigmoid, not the table's.
  const std::string folded = R"((tensor<fp16, [1]> x) {
      c = const()[val = tensor<fp16, [1]>([1.25])];
      tensor<fp16, [1]> s = sigmoid(x = c);
      tensor<fp16, [1]> y = mul(x = x, y = s); } -> (y))";
  EXPECT_THAT(run(folded, {{"x", {1}}}), ElementsAre(static_cast<double>(round_to_half(0.7772999F))));
  EXPECT_THAT(unary("sigmoid(x = a)", {1.25F}), ElementsAre(testing::Lt(0.7745)));
}

TEST(AneNumerics, ThreadsAndKernelsDoNotChangeBits) {
  std::string numbers;
  std::vector<float> x;
  for (int i = 0; i < 40 * 24; ++i) {
    if (i < 32 * 24) numbers += (i ? ", " : "") + std::to_string(std::sin(i * 0.7) * 0.3);
    x.push_back(round_to_half(static_cast<float>(std::cos(i * 1.3))));
  }
  const std::string function =
      "(tensor<fp16, [40, 24]> x) { w = const()[val = tensor<fp16, [32, 24]>([" + numbers + R"(])];
      tensor<fp16, [40, 32]> h = linear(weight = w, x = x);
      tensor<fp16, [40, 32]> g = gelu(mode = string("EXACT"), x = h);
      tensor<fp16, [40, 32]> y = softmax(axis = int32(-1), x = g); } -> (y))";
  const Values once = run(function, {{"x", x}});
  EXPECT_EQ(run(function, {{"x", x}}, on("", 3)), once);
  RunOptions without = on("");
  without.kernels = false;
  EXPECT_EQ(run(function, {{"x", x}}, without), once);
}

TEST(AneNumerics, ChipsAreNamed) {
  EXPECT_EQ(kernels::ane::family_of("m1")->generation, 13);
  EXPECT_EQ(kernels::ane::family_of("m6")->generation, 18);
  EXPECT_EQ(kernels::ane::family_of("a17-pro")->generation, 16);
  for (const char* name : {"", "m", "m0", "m7", "b14", "m1x", "m1-", "a14 pro", "13", "m99999999999"})
    EXPECT_EQ(kernels::ane::family_of(name), nullptr) << name;
  RunOptions options;
  const auto error = [&](const char* chip) -> std::string {
    try {
      set_numerics(options, "ane", chip);
    } catch (const Error& caught) {
      return caught.what();
    }
    return "";
  };
  EXPECT_THAT(error("x9"), HasSubstr("--target x9: unknown chip"));
  EXPECT_THAT(error("a12"), HasSubstr("--target a12: its Neural Engine runs no ML Programs"));
}

}  // namespace
}  // namespace anemone
