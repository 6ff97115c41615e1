// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "golden.h"
#include "import/package.h"

namespace anemone {
namespace {

using Kind = InputMeaning::Kind;

Function golden(const std::string& name) { return read_package(test::golden_package(name)).main(); }

InputMeaning meaning(const std::string& model, const std::string& input) {
  return input_meanings(golden(model)).at(input);
}

// Vocabulary and table sizes as tests/data/golden/README.md has them.
TEST(InputMeaning, ComesFromTheProgram) {
  EXPECT_EQ(meaning("BERT-iOS16-fp16", "ids"), (InputMeaning{Kind::kIds, 50}));
  EXPECT_EQ(meaning("BERT-iOS16-fp16", "tt"), (InputMeaning{Kind::kIds, 2}));
  EXPECT_EQ(meaning("BERT-iOS16-fp16", "mask").kind, Kind::kMask);
  EXPECT_EQ(meaning("DistilBERT-iOS16-fp16", "mask").kind, Kind::kMask);
  EXPECT_EQ(meaning("GPT-2-iOS18-fp16", "ids"), (InputMeaning{Kind::kIds, 50}));  // behind a cast and a wrap-around
  EXPECT_EQ(meaning("Llama-iOS16-fp16", "mask").kind, Kind::kAdditiveMask);
  EXPECT_EQ(meaning("Llama-iOS16-fp16", "pid").kind, Kind::kPositions);
  EXPECT_EQ(meaning("ViT-iOS16-fp16", "x").kind, Kind::kReal);
}

std::vector<double> numbers(const Tensor& tensor) { return to_doubles(tensor); }

TEST(Sampler, RespectsWhatInputsMean) {
  const Function bert = golden("BERT-iOS16-fp16");
  SampleOptions options;
  options.random = 20;
  for (const InputSample& sample : make_samples(bert, input_meanings(bert), options)) {
    const TensorMap& inputs = sample.calls.at(0);
    for (const double id : numbers(inputs.at("ids"))) EXPECT_TRUE(id >= 0 && id < 50) << sample.name;
    for (const double type : numbers(inputs.at("tt"))) EXPECT_TRUE(type == 0 || type == 1) << sample.name;
    const auto mask = numbers(inputs.at("mask"));
    for (const double value : mask) EXPECT_TRUE(value == 0 || value == 1) << sample.name;
    EXPECT_EQ(mask.at(0), 1) << sample.name;
    if (sample.name == "padding but one") {
      EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 1);
    }
    if (sample.name == "no padding") {
      EXPECT_EQ(std::count(mask.begin(), mask.end(), 0), 0);
    }
    if (sample.name == "highest ids") {
      EXPECT_EQ(numbers(inputs.at("ids")).at(3), 49);
    }
  }
}

// A query that sees no key has scores whose last digits are lost: no input for a comparison.
TEST(Sampler, MasksInTheFormOfTheNeuralEngineLeaveAKeyToEveryQuery) {
  Function function;
  for (const auto& [name, shape] : {std::pair<std::string, ConcreteShape>{"k_mask", {1, 9, 1, 1}},
                                    {"qk_mask", {1, 9, 1, 9}},
                                    {"cross_mask", {2, 9, 1, 4}}}) {
    Feature feature;
    feature.name = name;
    feature.dtype = DType::kFloat32;
    feature.shape = shape;
    function.input_features.push_back(feature);
  }
  const InputMeaning mask = {Kind::kAdditiveMask, 0};
  for (const InputSample& sample :
       make_samples(function, {{"k_mask", mask}, {"qk_mask", mask}, {"cross_mask", mask}}, {}))
    for (const auto& [name, tensor] : sample.calls.at(0)) {
      const auto values = numbers(tensor);
      const auto queries = static_cast<size_t>(tensor.shape()[3]);
      for (size_t i = 0; i < values.size(); ++i)
        if (i / queries % 9 == 0) {
          EXPECT_EQ(values[i], 0) << name << " of " << sample.name;
        }
      const bool hides = std::count(values.begin(), values.end(), -1e4) > 0;
      if (sample.name == "padding but one") {
        EXPECT_TRUE(hides) << name;
      }
    }
}

TEST(Sampler, TheSeedDecides) {
  const Function gpt = golden("GPT-2-iOS16-fp16");
  const auto ids = [&](uint64_t seed) {
    SampleOptions options;
    options.seed = seed;
    return numbers(make_samples(gpt, input_meanings(gpt), options)[0].calls[0].at("ids"));
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_NE(ids(1), ids(2));
}

TEST(Sampler, FlexibleShapesStayInRange) {
  const Function llama = read_package(test::golden_package("Llama-state-flex")).main();
  SampleOptions options;
  options.random = 20;
  for (const InputSample& sample : make_samples(llama, input_meanings(llama), options)) {
    EXPECT_EQ(sample.calls.size(), 3U);  // it has states
    const auto& ids = sample.calls[0].at("ids").shape();
    EXPECT_TRUE(ids[1] >= 1 && ids[1] <= 8);
    EXPECT_EQ(ids[1], sample.calls[0].at("pid").shape()[1]);
    if (sample.name == "longest") {
      EXPECT_EQ(ids[1], 8);
    }
  }
}

}  // namespace
}  // namespace anemone
