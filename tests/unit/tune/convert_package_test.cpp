// SPDX-License-Identifier: Apache-2.0
#include "tune/convert_package.h"

#include <gmock/gmock.h>

#include <fstream>

#include "../import/tiny_checkpoint.h"
#include "base/strings.h"
#include "tune/classify.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::HasSubstr;

const fs::path kSentiment = fs::path(ANEMONE_SOURCE_DIR) / "models" / "tiny-sentiment";

using ConvertPackageTest = test::ScratchFolder;

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = test::read_bytes(entry.path());
  return files;
}

TEST_F(ConvertPackageTest, SameInputGivesSameBytesWhateverTheThreads) {
  ConvertOptions options;
  convert_package(kSentiment, folder_ / "a.mlpackage", options);
  options.threads = 3;
  options.check = false;
  convert_package(kSentiment, folder_ / "b.mlpackage", options);
  EXPECT_EQ(contents(folder_ / "a.mlpackage"), contents(folder_ / "b.mlpackage"));
  EXPECT_EQ(contents(folder_ / "a.assets"), contents(folder_ / "b.assets"));
  EXPECT_EQ(contents(folder_ / "a.assets").at("vocab.txt"), test::read_bytes(kSentiment / "vocab.txt"));
}

TEST_F(ConvertPackageTest, TheFormOfTheNeuralEngineIsProvedBeforeItIsWritten) {
  FormOptions form;
  form.ane = true;
  const auto result = convert_package(kSentiment, folder_ / "a.mlpackage", {}, {}, form);
  ASSERT_TRUE(result.rewrite && result.rewrite->proof);
  EXPECT_TRUE(result.passed());
  EXPECT_TRUE(result.rewrite->form.holds());
  form.rewrite.check = false;
  EXPECT_FALSE(convert_package(kSentiment, folder_ / "b.mlpackage", {}, {}, form).rewrite->proof);
  EXPECT_EQ(contents(folder_ / "a.mlpackage"), contents(folder_ / "b.mlpackage"));
}

TEST_F(ConvertPackageTest, AFailureLeavesWhatWasThere) {
  const fs::path out = folder_ / "out.mlpackage";
  const fs::path bad = test::kDataFolder / "bad_checkpoints" / "11_nan_weight";
  EXPECT_THAT(error_of([&] { convert_package(bad, out, {}); }), HasSubstr("v_lin.weight contains NaN"));
  EXPECT_TRUE(fs::is_empty(folder_));
  convert_package(test::kDataFolder / "bad_checkpoints" / "00_control_ok", out, {});
  const auto before = contents(folder_);
  EXPECT_NE(error_of([&] { convert_package(bad, out, {}); }), "");
  EXPECT_EQ(contents(folder_), before);
}

TEST_F(ConvertPackageTest, DoesNotReplaceForeignFolders) {
  test::write_bytes(folder_ / "out.assets" / "thesis.tex", "text");
  EXPECT_THAT(error_of([&] { convert_package(kSentiment, folder_ / "out.mlpackage", {}); }), HasSubstr("thesis.tex"));
  EXPECT_THAT(error_of([&] { convert_package(kSentiment, folder_ / "out", {}); }), HasSubstr(".mlpackage"));
  EXPECT_FALSE(fs::exists(folder_ / "out.mlpackage"));
}

TEST_F(ConvertPackageTest, CarriesLicenceAndAuthorOver) {
  test::TinyCheckpoint::load().save(folder_ / "in");
  test::write_bytes(folder_ / "in" / "README.md", "---\nlicense: 'apache-2.0'\nauthor: Somebody\n---\n# Model\n");
  const auto result = convert_package(folder_ / "in", folder_ / "out.mlpackage", {});
  EXPECT_EQ(result.conversion.program.metadata.license, "apache-2.0");
  EXPECT_EQ(result.conversion.program.metadata.author, "Somebody");
}

class ClassifyTest : public test::ScratchFolder {
 protected:
  fs::path package(int64_t batch = 1) {
    ConvertOptions options = test::options_of(DType::kFloat32);
    options.request.batch = batch;
    return convert_package(kSentiment, folder_ / "s.mlpackage", options).package;
  }
};

TEST_F(ClassifyTest, GivesTheReferencesLabelsAndProbabilities) {
  TextClassifier classifier = TextClassifier::open(package(), {}, {});
  const Json texts = read_json(kSentiment / "golden" / "texts.json");
  ASSERT_EQ(texts.size(), 24U);
  for (const Json& text : texts) {
    const Classified result = classifier.classify(std::string(text["text"]));
    EXPECT_EQ(classifier.labels()[result.best], text["label"]);
    EXPECT_NEAR(result.probabilities[result.best], double(text["probability"]), 1e-5);
    EXPECT_NEAR(result.logits[1], double(text["logits"][1]), 1e-4);
    EXPECT_EQ(result.tokens, static_cast<int64_t>(text["ids"].size()));
  }
}

TEST_F(ClassifyTest, ALargerBatchDoesNotChangeTheAnswer) {
  const std::string text = "a gorgeous , witty , seductive movie .";
  const auto one = TextClassifier::open(package(), {}, {}).classify(text).logits;
  EXPECT_EQ(TextClassifier::open(package(3), {}, {}).classify(text).logits, one);
}

TEST_F(ClassifyTest, NoticesAForeignTokenizer) {
  const fs::path model = package();
  std::ofstream(folder_ / "s.assets" / "vocab.txt", std::ios::app) << "more\n";
  EXPECT_THAT(error_of([&] { TextClassifier::open(model, {}, {}); }), HasSubstr("vocab.txt"));
  EXPECT_EQ(TextClassifier::open(model, kSentiment, {}).label_index("POSITIVE"), 1U);
  fs::remove_all(folder_ / "s.assets");
  EXPECT_THAT(error_of([&] { TextClassifier::open(model, {}, {}); }), HasSubstr("--tokenizer"));
}

}  // namespace
}  // namespace anemone
