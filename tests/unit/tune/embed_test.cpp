// SPDX-License-Identifier: Apache-2.0
// Texts to vectors with a package of a sentence-transformers folder, against the program run by itself.
#include "tune/embed.h"

#include <gmock/gmock.h>

#include "../import/tiny_checkpoint.h"
#include "tune/compare.h"
#include "tune/convert_package.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::HasSubstr;

const fs::path kCheckpoint = test::kDataFolder / "checkpoints" / "sentence_all_modes_dense" / "ckpt";

class EmbedTest : public test::ScratchFolder {
 protected:
  // 61 words: the special ones, then "a", "b" ...
  void SetUp() override {
    ScratchFolder::SetUp();
    fs::copy(kCheckpoint, source(), fs::copy_options::recursive);
    std::string words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (int i = 0; i < 56; ++i) words += i < 26 ? fmt::format("{}\n", char('a' + i)) : fmt::format("##{}\n", i);
    test::write_bytes(source() / "vocab.txt", words);
    set("sentence_bert_config.json", R"({"max_seq_length": 6, "do_lower_case": false})");
  }
  fs::path source() const { return folder_ / "source"; }
  fs::path package() const { return folder_ / "model.mlpackage"; }
  void set(const char* file, const std::string& content) { test::write_bytes(source() / file, content); }

  TextEmbedder open(int64_t batch = 1) {
    ConvertOptions options = test::options_of(DType::kFloat32);
    options.request.batch = batch;
    options.request.sequence_length = 9;
    convert_package(source(), package(), options);
    return TextEmbedder::open(package(), {}, {}, {});
  }
  static std::vector<std::vector<float>> embed(TextEmbedder& embedder, const std::vector<std::string>& texts) {
    return embedder.embed(texts);
  }
};

TEST_F(EmbedTest, VectorsAreThoseOfTheProgram) {
  TextEmbedder embedder = open();
  const auto vectors = embed(embedder, {"b a c"});
  ConvertOptions options = test::options_of(DType::kFloat32);
  options.request.shapes["input_ids"] = {1, 5};
  const Tensor ids = Tensor::of<int32_t>(DType::kInt32, {1, 5}, std::vector<int32_t>{2, 6, 5, 7, 3});
  const Tensor mask = Tensor::of<int32_t>(DType::kInt32, {1, 5}, std::vector<int32_t>(5, 1));
  const Tensor want =
      test::run(convert(source(), options), {{"input_ids", ids}, {"attention_mask", mask}}).at("sentence_embedding");
  ASSERT_EQ(vectors.size(), 1U);
  EXPECT_GE(compare(Tensor::of<float>(DType::kFloat32, {1, 10}, vectors[0]), want).psnr, 100);
}

TEST_F(EmbedTest, TextsAreCutAsTheModelSays) {
  TextEmbedder embedder = open();
  const auto vectors = embed(embedder, {"a b c d", "a b c d e f g", "a b c"});
  EXPECT_EQ(vectors[0], vectors[1]);
  EXPECT_NE(vectors[0], vectors[2]);
}

TEST_F(EmbedTest, BatchesGiveTheSameVectors) {
  const std::vector<std::string> texts = {"a", "b c", "d e f", "g"};
  TextEmbedder one = open();
  const auto expected = embed(one, texts);
  TextEmbedder three = open(3);
  EXPECT_EQ(three.batch(), 3);
  EXPECT_EQ(embed(three, texts), expected);
}

TEST_F(EmbedTest, PromptsAndLikenessAreTheModels) {
  set("config_sentence_transformers.json", R"({"prompts": {"query": "q "}, "similarity_fn_name": "dot"})");
  TextEmbedder embedder = open();
  EXPECT_EQ(embedder.prompt("query", true), "q ");
  EXPECT_EQ(embedder.prompt("passage", false), "");
  EXPECT_THAT(error_of([&] { embedder.prompt("passage", true); }), HasSubstr("--prompt-name: passage: expected query"));
  EXPECT_EQ(embedder.similarity(std::vector<float>{1, 2}, std::vector<float>{3, 4}), 11);
  set("config_sentence_transformers.json", "{}");
  EXPECT_NEAR(open().similarity(std::vector<float>{1, 2}, std::vector<float>{3, 4}), 11 / std::sqrt(5 * 25), 1e-12);
}

TEST_F(EmbedTest, AModelWithoutEmbeddingsIsRefused) {
  open();
  EXPECT_THAT(error_of([&] { TextEmbedder::open(package(), {}, "pooler_output", {}); }),
              HasSubstr("--feature: the model has no output pooler_output: expected sentence_embedding"));
  ConvertOptions options;
  options.task = "feature-extraction";
  convert_package(source(), package(), options);
  EXPECT_THAT(error_of([&] { TextEmbedder::open(package(), {}, {}, {}); }), HasSubstr("has no sentence_embedding"));
}

TEST_F(EmbedTest, AnyEncoderGetsMeanPoolingWhenAsked) {
  fs::remove(source() / "modules.json");
  ConvertOptions options = test::options_of(DType::kFloat32);
  options.task = "sentence-similarity";
  convert_package(source(), package(), options);
  TextEmbedder embedder = TextEmbedder::open(package(), {}, {}, {});
  EXPECT_EQ(embed(embedder, {"a b"})[0].size(), 24U);
}

TEST_F(EmbedTest, FoldersThatAreNotSoundAreRefused) {
  const auto error_with = [&](const std::string& modules) {
    set("modules.json", modules);
    return error_of([&] { convert(source(), {}); });
  };
  const std::string first = R"([{"path": "", "type": "sentence_transformers.models.Transformer"}, )";
  EXPECT_THAT(error_with("{}"), HasSubstr("modules.json: is not a list of modules"));
  EXPECT_THAT(error_with("[3]"), HasSubstr("an entry has no path"));
  EXPECT_THAT(error_with(first + R"({"path": "../x", "type": "Pooling"}])"), HasSubstr("leads out of the folder"));
  EXPECT_THAT(error_with(first + R"({"path": "1", "type": "a.LSTM"}])"), HasSubstr("module LSTM is not supported"));
  EXPECT_THAT(error_with(first + R"({"path": "2_Dense", "type": "Dense"}])"), HasSubstr("needs sentence_embedding"));
  EXPECT_THAT(error_with(first + R"({"path": "9", "type": "Dense"}])"), HasSubstr("9"));
  EXPECT_THAT(error_with(first + R"({"path": "x", "type": "Dropout"}])"), HasSubstr("no module gives a sentence"));
  set("1_Pooling/config.json", R"({"pooling_mode": ["mean", "median"]})");
  EXPECT_THAT(error_with(first + R"({"path": "1_Pooling", "type": "Pooling"}])"), HasSubstr("pooling_mode median"));
}

}  // namespace
}  // namespace anemone
