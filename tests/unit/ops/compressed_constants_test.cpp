// SPDX-License-Identifier: Apache-2.0
// Compressed constants that must be refused, each sound but for one fault, and packings that samples do not reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> values(const std::string& op, const std::vector<Arg>& args, int opset) {
  return to_doubles(evaluate(op, args, op_table(), opset).back());
}

std::string refusal(const std::string& op, const std::vector<Arg>& args, int opset) {
  try {
    values(op, args, opset);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

Constant bytes(ConcreteShape shape, const std::vector<int32_t>& numbers) {
  return ints(std::move(shape), numbers, DType::kUInt8);
}

TEST(CompressedConstants, AffineParametersFitTheAxis) {
  const auto refused = [](const Constant& scale, const Constant& zero, int axis) {
    return refusal(
        "constexpr_affine_dequantize",
        {{"quantized_data", bytes({2, 3}, {1, 2, 3, 4, 5, 6})}, {"scale", scale}, {"zero_point", zero}, {"axis", axis}},
        6);
  };
  const Constant zero = bytes({}, {0});
  EXPECT_EQ(refused(floats({3}, {1, 2, 3}), zero, -1), "accepted");
  EXPECT_THAT(refused(floats({3}, {1, 2, 3}), zero, 0), HasSubstr("scale has 3 elements, the axis has 2"));
  EXPECT_THAT(refused(floats({3}, {1, 2, 3}), zero, 2), HasSubstr("out of range"));
  EXPECT_THAT(refused(floats({2, 1}, {1, 2}), zero, 0), HasSubstr("scale has rank 2"));
  EXPECT_THAT(refused(floats({2}, {1, std::numeric_limits<float>::infinity()}), zero, 0), HasSubstr("contains inf"));
  EXPECT_THAT(refused(floats({}, {1}), bytes({5}, {1, 2, 3, 4, 5}), 0), HasSubstr("zero_point has 5"));
}

TEST(CompressedConstants, SixBitIndicesCrossBytes) {
  std::vector<float> table(64);
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
  // 5, 63, 32, 1 from the lowest bit on: 0x060FC5 and so on.
  EXPECT_THAT(values("constexpr_lut_to_dense",
                     {{"indices", bytes({3}, {0xC5, 0x0F, 0x06})},
                      {"lut", floats({64}, table)},
                      {"shape", ints({4}, {1, 2, 1, 2}, DType::kUInt32)}},
                     6),
              ElementsAre(5, 63, 32, 1));
}

TEST(CompressedConstants, PackedTablesFitTheirShape) {
  const auto refused = [](const Constant& lut, const Constant& indices, const Constant& shape) {
    return refusal("constexpr_lut_to_dense", {{"indices", indices}, {"lut", lut}, {"shape", shape}}, 7);
  };
  const Constant lut = floats({4}, {0, 1, 2, 3});
  const Constant shape = ints({2}, {1, 5}, DType::kUInt32);
  EXPECT_EQ(refused(lut, bytes({2}, {0, 0}), shape), "accepted");
  EXPECT_THAT(refused(lut, bytes({3}, {0, 0, 0}), shape), HasSubstr("3 bytes, expected 2"));
  EXPECT_THAT(refused(floats({8}, std::vector<float>(8)), bytes({2}, {0, 0}), shape), HasSubstr("lut has 8 entries"));
  const Constant huge = ints({3}, {INT32_MAX, INT32_MAX, INT32_MAX}, DType::kUInt32);
  EXPECT_NE(refused(lut, bytes({2}, {0, 0}), huge), "accepted");
}

TEST(CompressedConstants, TablesOverBlocks) {
  const auto refused = [](const Constant& lut, std::vector<Arg> more) {
    more.emplace_back("indices", ints({4, 2}, {0, 1, 1, 0, 1, 1, 0, 0}, DType::kUInt1));
    more.emplace_back("lut", lut);
    return refusal("constexpr_lut_to_dense", more, 8);
  };
  EXPECT_EQ(refused(floats({2, 1, 2, 1}, {0, 1, 2, 3}), {}), "accepted");
  EXPECT_THAT(refused(floats({3, 1, 2, 1}, {0, 1, 2, 3, 4, 5}), {}), HasSubstr("does not divide 4"));
  EXPECT_THAT(refused(floats({1, 1, 4, 1}, {0, 1, 2, 3}), {}), HasSubstr("lut has 4 entries"));
  EXPECT_THAT(refused(floats({1, 2, 1}, {0, 1}), {}), HasSubstr("lut has rank 3"));
  EXPECT_THAT(refused(floats({1, 1, 2, 2}, {0, 1, 2, 3}), {}), HasSubstr("no vector_axis"));
  EXPECT_THAT(refused(floats({1, 1, 2, 2}, {0, 1, 2, 3}), {{"vector_axis", 2}}), HasSubstr("out of range"));
  EXPECT_EQ(refused(floats({1, 1, 2, 2}, {0, 1, 2, 3}), {{"vector_axis", -1}}), "accepted");
}

TEST(CompressedConstants, BlocksDivideTheData) {
  const auto refused = [](const Constant& scale, std::vector<Arg> more) {
    more.emplace_back("data", ints({2, 4}, std::vector<int32_t>(8, 1), DType::kInt4));
    more.emplace_back("scale", scale);
    return refusal("constexpr_blockwise_shift_scale", more, 8);
  };
  const Constant scale = floats({1, 2}, {1, 2});
  EXPECT_EQ(refused(scale, {{"offset", ints({1, 2}, {1, 2}, DType::kInt4)}}), "accepted");
  EXPECT_THAT(refused(floats({1, 3}, {1, 2, 3}), {}), HasSubstr("does not divide 4"));
  EXPECT_THAT(refused(floats({1, 0}, {}), {}), HasSubstr("does not divide 4"));
  EXPECT_THAT(refused(floats({2}, {1, 2}), {}), HasSubstr("scale has rank 1"));
  EXPECT_THAT(refused(floats({1, 2}, {1, NAN}), {}), HasSubstr("contains nan"));
  EXPECT_THAT(refused(scale, {{"offset", ints({1, 1}, {1}, DType::kInt4)}}), HasSubstr("the shape of scale"));
  EXPECT_THAT(refused(scale, {{"offset", ints({1, 2}, {1, 2}, DType::kInt8)}}), HasSubstr("element type int8"));
}

TEST(CompressedConstants, MasksCountTheirElements) {
  const Arg two("nonzero_data", floats({2}, {1, 2}));
  const auto packed = [&](const std::vector<int32_t>& mask) {
    const auto length = static_cast<int64_t>(mask.size());
    return refusal("constexpr_sparse_to_dense",
                   {two, {"mask", bytes({length}, mask)}, {"shape", ints({1}, {9}, DType::kUInt32)}}, 6);
  };
  EXPECT_EQ(packed({0x01, 0x01}), "accepted");
  EXPECT_THAT(packed({0x01, 0x00}), HasSubstr("mask has 1 ones"));
  EXPECT_THAT(packed({0x01, 0x02}), HasSubstr("ones behind"));
  EXPECT_THAT(packed({0x03}), HasSubstr("1 bytes, expected 2"));
  const auto typed = [&](const std::vector<int32_t>& mask) {
    return refusal("constexpr_sparse_to_dense", {two, {"mask", ints({2, 2}, mask, DType::kUInt1)}}, 8);
  };
  EXPECT_EQ(typed({1, 0, 0, 1}), "accepted");
  EXPECT_THAT(typed({1, 1, 0, 1}), HasSubstr("3 ones"));
}

TEST(CompressedConstants, SparseAndDenseAgree) {
  const Arg mask("indices_mask", ints({2, 2}, {1, 0, 0, 1}, DType::kUInt1));
  const Arg lut("lut", floats({2, 1, 2, 1}, {10, 11, 20, 21}));
  EXPECT_THAT(
      values("constexpr_lut_to_sparse", {mask, lut, {"indices_nonzero_data", ints({2}, {1, 0}, DType::kUInt1)}}, 8),
      ElementsAre(11, 20));
}

}  // namespace
}  // namespace anemone
