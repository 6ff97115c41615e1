// SPDX-License-Identifier: Apache-2.0
// Each method alone and with others: the ops that hold the result in each opset, that they decompress to what the
// method meant, and that the error reported is the error made.
#include <cmath>
#include <fstream>
#include <map>

#include "ir/verify.h"
#include "runtime/decompress.h"
#include "support.h"
#include "temporary_folder.h"

namespace anemone {
namespace {

using Ops = std::vector<std::string>;

struct Case {
  std::string name;
  std::string methods;
  int opset;
  Ops ops;
  int64_t bytes;  // stored, of 64 x 32 fp16 values
  double least_psnr;
};

Tensor decompressed(const Program& program) {
  Tensor last;
  decompress(program.main(), [&](const Output& output, const Tensor& value) {
    if (output.type.dtype == DType::kFloat16 || output.type.dtype == DType::kFloat32) last = value;
  });
  return last;
}

double squared_difference(const Tensor& stored, const Tensor& value) {
  const Tensor want = to_compute(stored);
  double sum = 0;
  for (int64_t i = 0; i < want.size(); ++i) {
    const double difference =
        static_cast<double>(want.as<float>()[static_cast<size_t>(i)]) - value.as<float>()[static_cast<size_t>(i)];
    sum += difference * difference;
  }
  return sum;
}

class Methods : public testing::TestWithParam<Case> {};

TEST_P(Methods, HoldTheWeight) {
  const Case& each = GetParam();
  for (const std::string op : {"linear", "matmul"}) {
    const Tensor weight = test::made_weight(op == "linear" ? ConcreteShape{64, 32} : ConcreteShape{32, 64});
    const Program program = test::program_of(Constant(weight), each.opset, op);
    const Compressed result = test::compressed(program, each.methods);
    ASSERT_EQ(result.weights.size(), 1U);
    const WeightReport& report = result.weights[0];
    ASSERT_TRUE(report.compressed()) << report.reason;
    EXPECT_EQ(test::constexpr_ops(result.program), each.ops);
    EXPECT_EQ(report.bytes_after, each.bytes);
    EXPECT_GE(report.psnr, each.least_psnr);
    verify(result.program, op_table());
    const Tensor value = decompressed(result.program);
    ASSERT_EQ(value.shape(), weight.shape());
    EXPECT_NEAR(squared_difference(weight, value), report.squared_error, 1e-9 * report.squared_error + 1e-15);
    // Any number of threads gives the same constants.
    EXPECT_FALSE(difference(result.program, test::compressed(program, each.methods, 3).program).has_value());
  }
}

constexpr const char* kLut = "constexpr_lut_to_dense";
constexpr const char* kScale = "constexpr_blockwise_shift_scale";
constexpr const char* kAffine = "constexpr_affine_dequantize";
constexpr const char* kSparse = "constexpr_sparse_to_dense";
constexpr const char* kSparseLut = "constexpr_lut_to_sparse";
constexpr const char* kSparseScale = "constexpr_sparse_blockwise_shift_scale";

INSTANTIATE_TEST_SUITE_P(
    All, Methods,
    testing::Values(
        Case{"lut1", R"([{"palettize": {"nbits": 1}}])", 6, {kLut}, 256 + 4 + 8, 10},
        Case{"lut4", R"([{"palettize": {"nbits": 4}}])", 6, {kLut}, 1024 + 32 + 8, 28},
        Case{"lut6", R"([{"palettize": {"nbits": 6}}])", 7, {kLut}, 1536 + 128 + 8, 40},
        Case{"lut8", R"([{"palettize": {"nbits": 8}}])", 7, {kLut}, 2048 + 512 + 8, 50},
        Case{"lut4_typed", R"([{"palettize": {"nbits": 4}}])", 8, {kLut}, 1024 + 32, 28},
        Case{"lut3", R"([{"palettize": {"nbits": 3}}])", 8, {kLut}, 768 + 16, 22},
        Case{"lut2_fast", R"([{"palettize": {"nbits": 2, "mode": "fast"}}])", 8, {kLut}, 512 + 8, 16},
        Case{"lut4_uniform", R"([{"palettize": {"nbits": 4, "mode": "uniform"}}])", 6, {kLut}, 1024 + 32 + 8, 26},
        Case{"lut4_grouped", R"([{"palettize": {"nbits": 4, "group_size": 16}}])", 8, {kLut}, 1024 + 4 * 32, 28},
        Case{"lut4_scaled",
             R"([{"palettize": {"nbits": 4, "per_channel_scale": true}}])",
             8,
             {kLut, kScale},
             1024 + 32 + 64,
             28},
        Case{"lut4_int8",
             R"([{"palettize": {"nbits": 4}}, {"quantize_palette": {}}])",
             8,
             {kScale, kLut},
             1024 + 16 + 2,
             28},
        Case{"vectors", R"([{"palettize_vectors": {"nbits": 6, "cluster_dim": 2}}])", 8, {kLut}, 768 + 256, 14},
        Case{"int8", R"([{"quantize": {}}])", 6, {kAffine}, 2048 + 128 + 64, 45},
        Case{"int8_typed", R"([{"quantize": {}}])", 8, {kScale}, 2048 + 128, 45},
        Case{"uint8",
             R"([{"quantize": {"dtype": "uint8", "mode": "linear", "granularity": "per_tensor"}}])",
             7,
             {kAffine},
             2048 + 2 + 1,
             45},
        Case{"int4", R"([{"quantize": {"dtype": "int4", "clip": "mse"}}])", 8, {kScale}, 1024 + 128, 22},
        Case{"uint4_blocks",
             R"([{"quantize": {"dtype": "uint4", "mode": "linear", "granularity": "per_block", "block_size": 8}}])",
             8,
             {kScale},
             1024 + 64 * 4 * 2 + 64 * 4 / 2,
             24},
        Case{"prune", R"([{"prune": {"sparsity": 0.5}}])", 6, {kSparse}, 256 + 2048 + 8, 15},
        Case{"prune_typed", R"([{"prune": {"sparsity": 0.75}}])", 8, {kSparse}, 256 + 1024, 10},
        Case{"prune_global", R"([{"prune": {"sparsity": 0.5, "scope": "global"}}])", 8, {kSparse}, 256 + 2048, 15},
        Case{"prune_n_m", R"([{"prune": {"n_m_ratio": "2:4"}}])", 7, {kSparse}, 256 + 2048 + 8, 12},
        Case{"prune_blocks", R"([{"prune": {"sparsity": 0.5, "block_size": 4}}])", 8, {kSparse}, 256 + 2048, 8},
        Case{"prune_lut",
             R"([{"prune": {"sparsity": 0.5}}, {"palettize": {"nbits": 4}}])",
             8,
             {kSparseLut, kSparse},
             256 + 512 + 32,
             15},
        Case{"prune_int8",
             R"([{"prune": {"sparsity": 0.5}}, {"quantize": {}}])",
             8,
             {kSparseScale, kSparse},
             256 + 1024 + 128,
             15},
        Case{"prune_scaled_int8_lut",
             R"([{"prune": {"sparsity": 0.5}}, {"palettize": {"nbits": 4, "per_channel_scale": true}},
                 {"quantize_palette": {}}])",
             8,
             {kScale, kSparseLut, kSparseScale, kSparse},
             256 + 512 + 16 + 2 + 64,
             15}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Methods, SinglePrecisionWeights) {
  for (const ConcreteShape& shape : {ConcreteShape{64, 32}, ConcreteShape{300, 256}}) {  // sorted, and in bins
    const Tensor weight = test::made_weight(shape, DType::kFloat32);
    for (const char* methods : {R"([{"palettize": {"nbits": 8}}])", R"([{"quantize": {}}])"}) {
      const Compressed result = test::compressed(test::program_of(Constant(weight), 8), methods);
      ASSERT_TRUE(result.weights[0].compressed()) << result.weights[0].reason;
      EXPECT_GE(result.weights[0].psnr, 45);
      EXPECT_NEAR(squared_difference(weight, decompressed(result.program)), result.weights[0].squared_error, 1e-12);
    }
  }
}

TEST(Methods, FewValuesAreKeptExactly) {
  Tensor weight(DType::kFloat16, {64, 32});
  const float values[] = {-0.0F, 0.0F, 0.25F, -3};
  for (size_t i = 0; i < 2048; ++i) weight.as<uint16_t>()[i] = float_to_half(values[i * 7 % 4]);
  for (const char* mode : {"exact", "fast", "unique"}) {
    const Compressed result = test::compressed(test::program_of(Constant(weight), 6),
                                               fmt::format(R"([{{"palettize": {{"nbits": 2, "mode": "{}"}}}}])", mode));
    EXPECT_EQ(result.weights[0].squared_error, 0);
    EXPECT_TRUE(std::isinf(result.weights[0].psnr));
  }
}

// Of two halves of a weight, the one whose inputs count gets the entries.
TEST(Methods, ImportantChannelsAreCloserToTheirValues) {
  const Tensor weight = test::made_weight({64, 32});
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder / "importance.safetensors";
  std::string header = R"({"weight":{"dtype":"F32","shape":[32],"data_offsets":[0,128]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t size = header.size();
  float importance[32];
  for (int i = 0; i < 32; ++i) importance[i] = i < 16 ? 1000.0F : 1.0F;
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(&size), sizeof size)
      .write(header.data(), static_cast<std::streamsize>(size))
      .write(reinterpret_cast<const char*>(importance), sizeof importance);
  const auto errors = [&](const std::string& settings) {
    const auto result = test::compressed(test::program_of(Constant(weight), 8),
                                         fmt::format(R"([{{"palettize": {{"nbits": 3{}}}}}])", settings));
    const Tensor want = to_compute(weight), got = decompressed(result.program);
    double first = 0, second = 0;
    for (size_t i = 0; i < 2048; ++i)
      (i % 32 < 16 ? first : second) += std::pow(want.as<float>()[i] - got.as<float>()[i], 2);
    return std::pair(first, second);
  };
  const auto plain = errors("");
  const auto weighted = errors(fmt::format(R"(, "importance": "{}")", file.string()));
  EXPECT_LT(weighted.first, plain.first);
  EXPECT_GT(weighted.second, plain.second);
}

TEST(Methods, PruningTakesExactlyTheShareAsked) {
  Tensor weight(DType::kFloat16, {64, 32});  // many ties
  for (size_t i = 0; i < 2048; ++i) weight.as<uint16_t>()[i] = float_to_half(static_cast<float>(i % 3) + 1);
  const Compressed result =
      test::compressed(test::program_of(Constant(weight), 8), R"([{"prune": {"sparsity": 0.6}}])");
  const Tensor value = decompressed(result.program);
  EXPECT_EQ(std::count(value.as<float>().begin(), value.as<float>().end(), 0.0F), 1229);
  for (size_t i = 2; i < 2048; i += 3) EXPECT_EQ(value.as<float>()[i], 3);
}

TEST(Methods, TwoOfEveryFourNeighboursAlongTheInputs) {
  const Tensor weight = test::made_weight({64, 32});
  const Compressed result =
      test::compressed(test::program_of(Constant(weight), 8), R"([{"prune": {"n_m_ratio": "3:8"}}])");
  const Tensor value = decompressed(result.program);
  for (int64_t i = 0; i < weight.size(); i += 8)
    EXPECT_EQ(std::count(value.as<float>().begin() + i, value.as<float>().begin() + i + 8, 0.0F), 3);
}

TEST(Methods, ClippingNeverRaisesTheError) {
  Tensor weight = test::made_weight({64, 32});
  weight.as<uint16_t>()[5] = float_to_half(1);  // one value far out
  const Program program = test::program_of(Constant(weight), 8);
  for (const char* mode : {"linear", "linear_symmetric"}) {
    const auto error = [&](const char* clip) {
      const auto methods = fmt::format(R"([{{"quantize": {{"dtype": "int4", "granularity": "per_tensor", "mode": "{}",
                                            "clip": "{}"}}}}])",
                                       mode, clip);
      return test::compressed(program, methods).weights[0].squared_error;
    };
    EXPECT_LT(error("mse"), 0.9 * error("none"));
  }
}

// Codes and offsets of coremltools 9 for values next to a tie, where its arithmetic in halves decides.
TEST(Methods, IntegersNextToTiesAreThoseOfCoremltools) {
  const auto values_of = [](const std::vector<float>& row, const char* methods) {
    const Tensor weight =
        converted(Tensor::of<float>(DType::kFloat32, {1, static_cast<int64_t>(row.size())}, row), DType::kFloat16);
    const Compressed result = test::compressed(test::program_of(Constant(weight), 8), methods);
    EXPECT_TRUE(result.weights[0].compressed()) << result.weights[0].reason;
    const Tensor value = decompressed(result.program);
    return std::vector<float>(value.as<float>().begin(), value.as<float>().end());
  };
  std::vector<float> want;
  for (const int code : {127, 116, 122, 126}) want.push_back(round_to_half(0.00787353515625F * code));
  EXPECT_EQ(values_of({1, 0.91748046875F, 0.95654296875F, 0.99609375F}, R"([{"quantize": {}}])"), want);
  const float scale = 0.2042236328125F;  // offset 0, though -8 - low / scale is less than -0.5
  want = {round_to_half(-7 * scale), round_to_half(7 * scale), 0, round_to_half(5 * scale)};
  EXPECT_EQ(values_of({-1.53125F, 1.5302734375F, 0, 1}, R"([{"quantize": {"dtype": "int4", "mode": "linear"}}])"),
            want);
}

}  // namespace
}  // namespace anemone
