// SPDX-License-Identifier: Apache-2.0
// Inference of products, convolutions and image ops with unknown sizes, refusals, and sums that do not depend on rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "ir/builder.h"
#include "ops/ops.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

using testing::HasSubstr;

std::string inferred(int opset, const std::string& op, const std::vector<std::pair<std::string, Type>>& inputs,
                     std::vector<Arg> rest) {
  Builder builder(op_table(), "main", opset);
  for (const auto& [name, type] : inputs) rest.emplace_back(name, builder.input(name, type));
  return builder.type(builder.add(op, rest)).str();
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

TEST(LinearAlgebra, MatmulBroadcastsUnknownBatches) {
  const Dim s = Dim::symbol("s");
  EXPECT_EQ(inferred(5, "matmul", {{"x", fp16({1, s, 4})}, {"y", fp16({7, 4, s})}}, {}), fp16({7, s, s}).str());
  EXPECT_EQ(inferred(5, "matmul", {{"x", fp16({4})}, {"y", fp16({s, 4, 3})}}, {}), fp16({s, 3}).str());
  EXPECT_EQ(inferred(5, "matmul", {{"x", fp16({4})}, {"y", fp16({4})}}, {}), fp16({}).str());
}

TEST(LinearAlgebra, MixedProductTakesTheTypeOfTheVariable) {
  const Arg constant{"y", floats({4, 2}, std::vector<float>(8, 1.0F))};
  EXPECT_EQ(inferred(7, "matmul", {{"x", fp16({3, 4})}}, {constant}), fp16({3, 2}).str());
  const auto both_vary = [] { inferred(7, "matmul", {{"x", fp16({3, 4})}, {"y", fp32({4, 2})}}, {}); };
  EXPECT_THAT(refusal(both_vary), HasSubstr("may differ only when one of them is a constant"));
}

TEST(LinearAlgebra, ConvolutionKeepsSymbols) {
  const Dim s = Dim::symbol("s");
  const Arg weight{"weight", floats({2, 1, 3}, std::vector<float>(6, 1.0F), DType::kFloat16)};
  EXPECT_EQ(inferred(5, "conv", {{"x", fp16({1, 1, s})}}, {weight}), fp16({1, 2, s - 2}).str());
  EXPECT_EQ(inferred(5, "conv", {{"x", fp16({1, 1, s})}}, {weight, {"pad_type", "same"}}), fp16({1, 2, s}).str());
  EXPECT_THAT(refusal([&] { inferred(5, "conv", {{"x", fp16({1, 1, 2})}}, {weight}); }), HasSubstr("smaller than"));
  EXPECT_THAT(refusal([&] { inferred(5, "conv", {{"x", fp16({1, 3, 9})}}, {weight}); }), HasSubstr("channels"));
}

TEST(LinearAlgebra, HostileWindowsAreRefused) {
  const auto pool = [](std::vector<Arg> args) {
    return refusal([&] {
      args.emplace_back("pad_type", "custom");
      inferred(5, "max_pool", {{"x", fp32({1, 1, 8})}}, args);
    });
  };
  EXPECT_THAT(pool({{"kernel_sizes", {0}}}), HasSubstr("kernel dimension is 0"));
  EXPECT_THAT(pool({{"kernel_sizes", {2}}, {"strides", {0}}}), HasSubstr("at least 1"));
  EXPECT_THAT(pool({{"kernel_sizes", {2}}, {"pad", {-3, 0}}}), HasSubstr("at least 0"));
  EXPECT_THAT(pool({{"kernel_sizes", {2, 2}}}), HasSubstr("2 elements, expected 1"));
}

TEST(LinearAlgebra, EinsumRefusesWhatItCannotRead) {
  const auto einsum = [](const char* equation) {
    const Constant square = floats({2, 2}, {1, 2, 3, 4});
    const Arg values{"values", std::vector<Operand>{square, square}};
    return refusal([&] { evaluate("einsum", {values, {"equation", equation}}, op_table(), 5); });
  };
  EXPECT_EQ(einsum("ab,bc->ac"), "accepted");
  EXPECT_THAT(einsum("ab,bc"), HasSubstr("not of the form"));
  EXPECT_THAT(einsum("aa,bc->ac"), HasSubstr("repeated"));
  EXPECT_THAT(einsum("ab,bc->ad"), HasSubstr("no source"));
  EXPECT_THAT(einsum("abc,bc->ac"), HasSubstr("rank"));
}

TEST(LinearAlgebra, SumsDependOnTheInnerSizeOnly) {
  constexpr int64_t kRows = 13, kInner = 333, kColumns = 29;
  std::vector<float> a(kRows * kInner), b(kInner * kColumns), all(kRows * kColumns), one(1);
  for (size_t i = 0; i < a.size(); ++i) a[i] = std::sin(static_cast<float>(i) * 0.7F) * 100;
  for (size_t i = 0; i < b.size(); ++i) b[i] = std::cos(static_cast<float>(i) * 1.3F);
  const auto inner = strided_offsets(kInner, 1);
  const auto b_rows = strided_offsets(kInner, kColumns);
  multiply<float>({a.data(), strided_offsets(kRows, kInner), inner}, {b.data(), b_rows, strided_offsets(kColumns, 1)},
                  {all.data(), strided_offsets(kRows, kColumns), strided_offsets(kColumns, 1)}, 4);
  const std::vector<int64_t> zero{0};
  for (int64_t i = 0; i < kRows; ++i) {
    for (int64_t j = 0; j < kColumns; ++j) {
      multiply<float>({a.data() + i * kInner, zero, inner}, {b.data() + j, b_rows, zero}, {one.data(), zero, zero}, 1);
      ASSERT_EQ(one[0], all[static_cast<size_t>(i * kColumns + j)]) << i << ", " << j;
    }
  }
}

TEST(LinearAlgebra, EmptyTensorsAreFine) {
  const auto empty = evaluate("matmul", {{"x", floats({2, 0}, {})}, {"y", floats({0, 3}, {})}}, op_table(), 5);
  EXPECT_EQ(to_doubles(empty[0]), std::vector<double>(6, 0.0));
  const auto none = evaluate("linear", {{"x", floats({0, 2}, {})}, {"weight", floats({1, 2}, {1, 1})}}, op_table(), 5);
  EXPECT_EQ(none[0].shape(), (ConcreteShape{0, 1}));
}

TEST(ImageOps, SamplesNeverLeaveTheImage) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const char* padding : {"constant", "border", "reflection", "symmetric"}) {
    for (const char* sampling : {"bilinear", "nearest"}) {
      const std::vector<Arg> args = {
          {"x", floats({1, 1, 1, 2}, {1, 2})},
          {"coordinates", floats({1, 1, 4, 2}, {1e30F, -1e30F, infinity, -infinity, NAN, 0, -3e9F, 7})},
          {"sampling_mode", sampling},
          {"padding_mode", padding},
          {"padding_value", Constant::of(9.0F)},
          {"coordinates_mode", "unnormalized"},
          {"align_corners", false}};
      for (const double value : to_doubles(evaluate("resample", args, op_table(), 5)[0])) {
        EXPECT_TRUE((value >= 1 && value <= 2) || value == 9) << padding << " " << sampling << " " << value;
      }
    }
  }
}

}  // namespace
}  // namespace anemone
