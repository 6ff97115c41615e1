// SPDX-License-Identifier: Apache-2.0
// A trained GPT-2 of this repository against what the original library computed with it: text to ids, logits,
// continuations, perplexity.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "../import/tiny_checkpoint.h"
#include "base/json.h"
#include "generate/generate.h"
#include "tune/compare.h"
#include "tune/convert_package.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::ElementsAreArray;
using testing::HasSubstr;

const fs::path kModel = fs::path(ANEMONE_SOURCE_DIR) / "models" / "tiny-shakespeare";
const fs::path kGolden = kModel / "golden";

Tensor logits_of(const std::vector<int32_t>& ids, int64_t batch, DType precision = DType::kFloat32) {
  ConvertOptions options = test::options_of(precision);
  const auto length = static_cast<int64_t>(ids.size()) / batch;
  options.request.shapes["input_ids"] = {batch, length};
  const Tensor input = Tensor::of<int32_t>(DType::kInt32, {batch, length}, ids);
  const Numerics numerics = precision == DType::kFloat16 ? Numerics::kIeeeHalf : Numerics::kFloat32;
  return test::run(convert(kModel, options), {{"input_ids", input}}, numerics).at("logits");
}

TEST(TinyShakespeare, GivesTheStoredLogits) {
  const Json text = read_json(kGolden / "texts.json")[1];
  const std::vector<int32_t> ids = text["ids"];
  EXPECT_EQ(Tokenizer::open(kModel).encode(std::string(text["text"])).ids, ids);
  const Tensor want = test::read_array(kGolden / "logits_01.npy");
  EXPECT_GE(compare(logits_of(ids, 1), want).psnr, 100);
  EXPECT_GE(compare(logits_of(ids, 1, DType::kFloat16), want).psnr, 50);
}

// With the right tokens before it, each position must find the next one: what the loop would do, in one run.
TEST(TinyShakespeare, ContinuesThePromptsTokenForToken) {
  for (const Json& sample : read_json(kGolden / "greedy.json")) {
    std::vector<int32_t> ids = sample["prompt_ids"];
    const std::vector<int32_t> expected = sample["ids"];
    const size_t first = ids.size() - 1;
    ids.insert(ids.end(), expected.begin(), expected.end());
    const Tensor logits = logits_of(ids, 1);
    const auto words = static_cast<size_t>(logits.shape().back());
    std::vector<int32_t> found;
    for (size_t i = 0; i < expected.size(); ++i)
      found.push_back(Sampler({}).pick(logits.as<float>().subspan((first + i) * words, words)));
    EXPECT_THAT(found, ElementsAreArray(expected)) << sample["prompt"];
  }
}

TEST(TinyShakespeare, ReachesTheStoredPerplexity) {
  const std::vector<int32_t> ids = read_json(kGolden / "excerpt_ids.json");
  const Tensor logits = logits_of(ids, 8);
  const auto words = static_cast<size_t>(logits.shape().back());
  double sum = 0;
  int64_t predicted = 0;
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    if ((i + 1) % 256 == 0) continue;  // the next window begins
    const auto row = logits.as<float>().subspan(i * words, words);
    const double all = std::accumulate(row.begin(), row.end(), 0.0, [](double s, float x) { return s + std::exp(x); });
    sum += std::log(all) - row[static_cast<size_t>(ids[i + 1])];
    ++predicted;
  }
  const Json figures = read_json(kGolden / "figures.json")["excerpt"];
  EXPECT_EQ(predicted, figures["predicted"]);
  EXPECT_NEAR(std::exp(sum / static_cast<double>(predicted)), figures["perplexity"], 0.00005);
}

class GenerateTest : public test::ScratchFolder {
 protected:
  void SetUp() override {
    ScratchFolder::SetUp();
    ConvertOptions options = test::options_of(DType::kFloat32);
    options.request.sequence_length = 12;
    convert_package(kModel, folder_ / "model.mlpackage", options);
  }
  TextGenerator open() { return TextGenerator::open(folder_ / "model.mlpackage", {}, {}); }
  static GenerationOptions of(int64_t tokens) {
    GenerationOptions options;
    options.max_new_tokens = tokens;
    return options;
  }
};

TEST_F(GenerateTest, WritesTheTextAsItGrows) {
  const Json golden = read_json(kGolden / "greedy.json")[0];
  std::string written;
  int pieces = 0;
  const Generation result = open().generate(std::string(golden["prompt"]), of(6), [&](std::string_view piece) {
    written += piece;
    ++pieces;
    return true;
  });
  const std::vector<int32_t> ids = golden["ids"];
  EXPECT_THAT(result.tokens, ElementsAreArray(ids.begin(), ids.begin() + 6));
  EXPECT_EQ(result.text, "I'll tell me, I");
  EXPECT_EQ(written, result.text);
  EXPECT_GT(pieces, 3);
  EXPECT_EQ(result.end, Generation::End::kLength);
}

TEST_F(GenerateTest, EndsWhereItIsTold) {
  GenerationOptions by_text = of(9);
  by_text.stops = {"me, I", "never"};
  std::string written;
  const Generation stopped = open().generate("ROMEO:\n", by_text, [&](std::string_view piece) {
    written += piece;
    return true;
  });
  EXPECT_EQ(stopped.text, "I'll tell ");
  EXPECT_EQ(written, stopped.text);
  EXPECT_EQ(stopped.end, Generation::End::kStop);
  GenerationOptions by_token = of(9);
  by_token.stop_tokens = {open().token(",")};
  EXPECT_EQ(open().generate("ROMEO:\n", by_token).text, "I'll tell me");
  EXPECT_EQ(open().generate("ROMEO:\n", of(9), [](std::string_view) { return false; }).tokens.size(), 1U);
  EXPECT_THAT(error_of([&] { open().token("Ophelia is no token"); }), HasSubstr("--stop-token"));
}

TEST_F(GenerateTest, LongTextsGoOnFromTheirLastPart) {
  TextGenerator generator = open();
  std::vector<TokenId> tokens(30);
  std::iota(tokens.begin(), tokens.end(), 40);
  EXPECT_EQ(generator.next_logits(tokens), generator.next_logits(std::span(tokens).last(12)));
  EXPECT_EQ(generator.continue_tokens(tokens, of(2)).tokens.size(), 2U);
  // Nothing at all begins with the token for that.
  EXPECT_EQ(generator.generate("", of(1)).prompt, std::vector<TokenId>{1535});
}

}  // namespace
}  // namespace anemone
