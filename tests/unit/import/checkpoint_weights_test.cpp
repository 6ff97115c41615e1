// SPDX-License-Identifier: Apache-2.0
#include "import/checkpoint_weights.h"

#include <gmock/gmock.h>

#include <limits>

#include "import/value_scan.h"
#include "tiny_checkpoint.h"

namespace anemone {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointWeightsTest : public test::ScratchFolder {
 protected:
  CheckpointWeights open(bool check = true) {
    tiny_.save(folder_);
    return {Checkpoint::open(folder_), {"base.", check}};
  }
  test::TinyCheckpoint tiny_;
};

TEST_F(CheckpointWeightsTest, FindsNamesWithAndWithoutPrefix) {
  tiny_.add("base.a.weight", {2, 3});
  tiny_.add("b.weight", {4});
  tiny_.add("_orig_mod.c.weight", {1});
  tiny_.add("LayerNorm.gamma", {5});
  tiny_.add("x.LayerNorm.beta", {5});
  CheckpointWeights weights = open();
  EXPECT_EQ(weights.get("a.weight", {2, 3}).element_count(), 6);
  EXPECT_EQ(weights.get("base.b.weight", {4}).element_count(), 4);
  EXPECT_TRUE(weights.has("c.weight"));
  EXPECT_TRUE(weights.has("LayerNorm.weight"));
  EXPECT_TRUE(weights.has("x.LayerNorm.bias"));
  EXPECT_FALSE(weights.has("d.weight"));
  EXPECT_EQ(weights.parameters(), 10);
}

TEST_F(CheckpointWeightsTest, NamesWhatIsWrittenAlike) {
  tiny_.add("h.0.attn.q_proj.weight", {2, 2});
  tiny_.add("h.0.attn.k_proj.weight", {2, 2});
  const std::string file = (folder_ / "model.safetensors").string();
  const std::string message = error_of([&] { open().get("h.0.attn.q_project.weight", {2, 2}); });
  EXPECT_THAT(message, testing::StartsWith(file + ": tensor h.0.attn.q_project.weight is missing: the file has "
                                                  "h.0.attn.q_proj.weight, h.0.attn.k_proj.weight"));
}

TEST_F(CheckpointWeightsTest, SaysWhichKeyExpectsAnotherShape) {
  tiny_.add("a", {2, 3});
  tiny_.save(folder_);
  CheckpointWeights::Options options;
  options.origin_of_size = [](int64_t size) { return size == 5 ? "hidden_size 5" : ""; };
  CheckpointWeights weights(Checkpoint::open(folder_), options);
  EXPECT_THAT(error_of([&] {
                weights.get("a", {2, 5});
              }),
              HasSubstr("a has shape [2, 3], expected [2, 5] by the configuration's hidden_size 5"));
}

TEST_F(CheckpointWeightsTest, TakesMatricesStoredAsConvolutions) {
  tiny_.add("a.weight", {2, 3, 1, 1});
  tiny_.add("b.weight", {2, 3, 1, 2});
  CheckpointWeights weights = open();
  EXPECT_THAT(weights.get("a.weight", {2, 3}).type().concrete(), ElementsAre(2, 3));
  EXPECT_THAT(*weights.stored_shape("a.weight"), ElementsAre(2, 3, 1, 1));
  EXPECT_THROW(weights.get("b.weight", {2, 3}), Error);
}

TEST_F(CheckpointWeightsTest, ReportsWhatNobodyAskedForButNoBuffers) {
  tiny_.add("a", {1});
  tiny_.add("other", {1});
  tiny_.add("embeddings.position_ids", {1, 2});
  tiny_.add("h.0.attn.bias", {1, 1, 2, 2});
  tiny_.add("h.0.attention.bias", {3});
  CheckpointWeights weights = open();
  weights.get("a", {1});
  EXPECT_THAT(weights.unused(), ElementsAre("h.0.attention.bias", "other"));
}

TEST_F(CheckpointWeightsTest, ErrorsNameFileTensorAndPlace) {
  tiny_.add("a", {2, 3});
  tiny_.tensors["a"].elements[4] = std::numeric_limits<float>::quiet_NaN();
  const std::string file = (folder_ / "model.safetensors").string();
  EXPECT_EQ(error_of([&] { open().get("a", {2, 3}); }), file + ": tensor a contains NaN at [1, 1]");
  EXPECT_EQ(error_of([&] { open().get("a", {3, 2}); }), file + ": tensor a has shape [2, 3], expected [3, 2]");
  EXPECT_EQ(error_of([&] { open().get("b", {3, 2}); }), file + ": tensor b is missing");
  EXPECT_EQ(error_of([&] { open(/*check=*/false).get("a", {2, 3}); }), "");
}

TEST_F(CheckpointWeightsTest, TiesOneTensorToAnother) {
  tiny_.add("embeddings", {2, 2});
  {
    CheckpointWeights weights = open();
    EXPECT_EQ(weights.tied("head", "embeddings", {2, 2}).identity(), weights.get("embeddings", {2, 2}).identity());
    EXPECT_EQ(weights.parameters(), 4);
  }
  tiny_.tensors["head"] = tiny_.tensors["embeddings"];
  {
    CheckpointWeights weights = open();
    EXPECT_EQ(weights.tied("head", "embeddings", {2, 2}).identity(), weights.get("embeddings", {2, 2}).identity());
    EXPECT_EQ(weights.parameters(), 4);
    EXPECT_THAT(weights.warnings(), IsEmpty());
  }
  tiny_.tensors["head"].elements[0] += 1;
  CheckpointWeights weights = open();
  EXPECT_NE(weights.tied("head", "embeddings", {2, 2}).identity(), weights.get("embeddings", {2, 2}).identity());
  EXPECT_THAT(weights.warnings(), ElementsAre(HasSubstr("differ")));
}

TEST_F(CheckpointWeightsTest, KnowsWhatHalfPrecisionCannotHold) {
  tiny_.add("large", {3, 2});
  tiny_.tensors["large"].elements[3] = 7e4F;
  tiny_.add("fine", {3, 2});
  tiny_.tensors["fine"].elements[3] = -65504.0F;
  CheckpointWeights weights = open();
  EXPECT_TRUE(weights.exceeds_half(weights.get("large", {3, 2})));
  EXPECT_TRUE(weights.exceeds_half(weights.get("large", {3, 2}).sliced(0, 0, 1)));
  EXPECT_FALSE(weights.exceeds_half(weights.get("fine", {3, 2})));
}

TEST(ValueScan, FindsTheFirstOfManyWhateverTheThreads) {
  std::vector<float> values(1'000'003, 1.0F);
  values[999'999] = std::numeric_limits<float>::quiet_NaN();
  values[600'001] = -std::numeric_limits<float>::infinity();
  for (const int threads : {1, 3}) {
    const ValueScan scan = scan_values(std::as_bytes(std::span(values)), DType::kFloat32, threads);
    EXPECT_EQ(scan.first_bad, 600'001);
    EXPECT_FALSE(scan.bad_is_nan);
    EXPECT_FALSE(scan.exceeds_half);
  }
}

TEST(ValueScan, ReadsEveryFloatType) {
  const auto scan = [](auto value, DType dtype) { return scan_values(std::as_bytes(std::span(&value, 1)), dtype, 1); };
  EXPECT_EQ(scan(uint16_t{0x7C01}, DType::kFloat16).first_bad, 0);
  EXPECT_FALSE(scan(uint16_t{0x7BFF}, DType::kFloat16).first_bad);
  EXPECT_EQ(scan(uint16_t{0xFF80}, DType::kBFloat16).first_bad, 0);
  EXPECT_TRUE(scan(uint16_t{0x4780}, DType::kBFloat16).exceeds_half);   // 65536
  EXPECT_FALSE(scan(uint16_t{0x477F}, DType::kBFloat16).exceeds_half);  // 65280
  EXPECT_TRUE(scan(1e30, DType::kFloat64).exceeds_half);
  EXPECT_FALSE(scan(1e39, DType::kFloat64).exceeds_half);  // stands for infinity
  EXPECT_TRUE(scan(std::numeric_limits<double>::quiet_NaN(), DType::kFloat64).bad_is_nan);
}

TEST(SaturatedHalf, KeepsFiniteValuesFiniteAndSmallOnesThere) {
  const std::vector<float> values = {1e6F, -1e6F, 1e-12F, -1e-12F, 0.0F, std::numeric_limits<float>::infinity()};
  const Constant half =
      Constant(Tensor::of<float>(DType::kFloat32, {6}, std::span<const float>(values))).saturated_half();
  const Tensor bits = half.stored();
  EXPECT_THAT(bits.as<uint16_t>(), ElementsAre(0x7BFF, 0xFBFF, 0x0001, 0x8001, 0x0000, 0x7C00));
  const std::vector<float> many(400, 1e-12F);
  const Constant large =
      Constant(Tensor::of<float>(DType::kFloat32, {400}, std::span<const float>(many))).saturated_half();
  EXPECT_EQ(large.stored().as<uint16_t>()[0], 0);
}

}  // namespace
}  // namespace anemone
