// SPDX-License-Identifier: Apache-2.0
// What becomes of weights that cannot be compressed, of recipes that fit nothing, and of targets that say no.
#include "compress/compress.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "support.h"
#include "temporary_folder.h"

namespace anemone {
namespace {

using testing::HasSubstr;

constexpr const char* kPalette = R"([{"palettize": {"nbits": 4}}])";

std::string reason_for(const Tensor& weight, const std::string& methods = kPalette) {
  const Compressed result = test::compressed(test::program_of(Constant(weight), 8), methods);
  EXPECT_FALSE(result.weights[0].compressed());
  EXPECT_EQ(result.weights[0].bytes_after, result.weights[0].bytes_before);
  EXPECT_TRUE(test::constexpr_ops(result.program).empty());
  return result.weights[0].reason;
}

Tensor with_value(float value) {
  Tensor weight = test::made_weight({64, 32});
  weight.as<uint16_t>()[77] = float_to_half(value);
  return weight;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string recipe_error(const std::string& text) {
  return error_of([&] { make_recipe(parse_json(text)); });
}

TEST(Compress, ValuesThatAreNotFiniteStay) {
  EXPECT_EQ(reason_for(with_value(NAN)), "it holds NaN");
  EXPECT_EQ(reason_for(with_value(INFINITY)), "it holds infinities");
  EXPECT_EQ(reason_for(with_value(-INFINITY), R"([{"quantize": {}}])"), "it holds infinities");
  EXPECT_EQ(reason_for(with_value(NAN), R"([{"prune": {}}])"), "it holds NaN");
  EXPECT_EQ(reason_for(with_value(NAN), R"([{"prune": {"scope": "global"}}])"), "it holds NaN");
}

TEST(Compress, ZerosAndConstantsAreExact) {
  for (const float value : {0.0F, 0.3F, -65504.0F, 6e-8F})
    for (const char* methods :
         {kPalette, R"([{"quantize": {"dtype": "int4"}}])", R"([{"quantize": {"mode": "linear"}}])",
          R"([{"palettize": {"nbits": 1, "per_channel_scale": true}}])",
          R"([{"prune": {"sparsity": 0}}, {"palettize": {"nbits": 1}}])"}) {
      Tensor weight(DType::kFloat16, {64, 32});
      for (uint16_t& each : weight.as<uint16_t>()) each = float_to_half(value);
      const Compressed result = test::compressed(test::program_of(Constant(weight), 8), methods);
      ASSERT_TRUE(result.weights[0].compressed()) << result.weights[0].reason;
      // A scale is rounded as the weight is.
      EXPECT_LE(std::sqrt(result.weights[0].squared_error / 2048), std::fabs(value) * 0x1p-10F) << value << methods;
    }
}

TEST(Compress, WhatWouldNotBecomeSmallerStays) {
  EXPECT_THAT(reason_for(test::made_weight({2, 8})), HasSubstr("it would take 40 bytes instead of 32"));
}

TEST(Compress, SizesThatDoNotDivideStay) {
  EXPECT_THAT(reason_for(test::made_weight({30, 40}), R"([{"palettize": {"group_size": 16}}])"),
              HasSubstr("30 output channels are no multiple of 16"));
  EXPECT_THAT(reason_for(test::made_weight({30, 40}), R"([{"quantize": {"granularity": "per_block"}}])"),
              HasSubstr("40 input channels are no multiple of 32"));
  EXPECT_THAT(reason_for(test::made_weight({30, 40}), R"([{"palettize": {"mode": "unique"}}])"),
              HasSubstr("more than 16 distinct values"));
  EXPECT_THAT(reason_for(test::made_weight({30, 40}), R"([{"prune": {"threshold": 0.001}}])"), HasSubstr("only 1.2 %"));
}

TEST(Compress, CompressedWeightsStay) {
  const Compressed once = test::compressed(test::program_of(Constant(test::made_weight({64, 32})), 8), kPalette);
  const Compressed twice = test::compressed(once.program, kPalette);
  ASSERT_EQ(twice.weights.size(), 1U);
  EXPECT_EQ(twice.weights[0].reason, "it is compressed already");
  EXPECT_FALSE(difference(once.program, twice.program).has_value());
}

TEST(Compress, TheOpsetIsRaisedOrTheTargetSaysNo) {
  const Program program = test::program_of(Constant(test::made_weight({64, 32})), 6);
  const char* grouped = R"([{"palettize": {"group_size": 16}}])";
  const Compressed raised = test::compressed(program, grouped);
  EXPECT_EQ(raised.opset_before, 6);
  EXPECT_EQ(raised.opset, 8);
  EXPECT_EQ(raised.opset_reason, "palettes of grouped channels");
  EXPECT_EQ(raised.program.opset(), 8);
  CompressOptions options;
  options.recipe = make_recipe(parse_json(fmt::format(R"({{"rules": [{{"methods": {}}}]}})", grouped)));
  options.keep = [](Tensor tensor) { return Constant(std::move(tensor)); };
  options.newest_opset = 7;
  EXPECT_EQ(error_of([&] { compress(program, options); }),
            "palettes of grouped channels need iOS18, and the target reads iOS17 at most");
}

TEST(Compress, OpsThatWouldBeRefusedKeepTheirWeights) {
  const Program program = test::program_of(Constant(test::made_weight({64, 32})), 8);
  CompressOptions options;
  options.recipe = make_recipe(parse_json(R"({"rules": [{"methods": [{"palettize": {}}]}]})"));
  options.keep = [](Tensor tensor) { return Constant(std::move(tensor)); };
  options.refusals = [](const Function& function) {
    std::map<ValueId, std::string> refused;
    const Graph graph(function);
    for (const OpPtr& op : function.body.ops)
      if (op->type == "linear" && !graph.constant(*op, "weight")) refused[op->id()] = "no palettes here";
    return refused;
  };
  const Compressed result = compress(program, options);
  EXPECT_TRUE(result.weights[0].refused);
  EXPECT_EQ(result.weights[0].reason, "no palettes here");
  EXPECT_FALSE(difference(program, result.program).has_value());
}

TEST(Compress, RulesChooseByTypeNameAndPlace) {
  const Program program = test::program_of(Constant(test::made_weight({64, 32})), 8);
  const auto reason = [&](const std::string& rule) {
    return test::compressed(program, kPalette, 1, rule).weights[0].reason;
  };
  EXPECT_EQ(reason(R"("op_types": ["linear"], )"), "");
  EXPECT_EQ(reason(R"("names": ["w*t"], )"), "");
  EXPECT_EQ(reason(R"("names": ["y"], )"), "");
  EXPECT_EQ(reason(R"("keep_first": 1, )"), "the recipe keeps the first and last ones");
  EXPECT_EQ(reason(R"("keep_last": 1, )"), "the recipe keeps the first and last ones");
  EXPECT_EQ(error_of([&] { reason(R"("names": ["weihgt"], )"); }),
            "recipe: rules[0]: names: weihgt matches no weight: did you mean weight?");
  EXPECT_THAT(error_of([&] { reason(R"("op_types": ["conv"], )"); }), HasSubstr("no weight is used by an op conv"));
}

TEST(Compress, TheFirstRuleThatMatchesCounts) {
  const Program program = test::program_of(Constant(test::made_weight({64, 32})), 8);
  CompressOptions options;
  options.recipe = make_recipe(
      parse_json(R"({"rules": [{"op_types": "linear", "methods": []}, {"methods": [{"palettize": {}}]}]})"));
  options.keep = [](Tensor tensor) { return Constant(std::move(tensor)); };
  EXPECT_EQ(compress(program, options).weights[0].reason, "the recipe leaves it as it is");
}

TEST(Compress, RecipesSayWhatIsWrong) {
  EXPECT_THAT(recipe_error("[]"), HasSubstr("recipe: expected names with values"));
  EXPECT_THAT(recipe_error("{}"), HasSubstr("rules: expected a list"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"metods": []}]})"), HasSubstr("there is no setting metods"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [], "name": "x"}]})"), HasSubstr("there is no setting name"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"palletize": {}}]}]})"),
              HasSubstr("rules[0]: there is no method palletize: expected low_rank, palettize"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"palettize": {"nbits": 5}}]}]})"),
              HasSubstr("palettize: nbits: 5: expected 1, 2, 3, 4, 6 or 8"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"palettize": {"nbits": 4.5}}]}]})"), HasSubstr("nbits: 4.5"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"prune": {"sparsity": 1.5}}]}]})"),
              HasSubstr("sparsity: 1.5: expected a number from 0 to 1"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"prune": {"n_m_ratio": "4:2"}}]}]})"), HasSubstr("n_m_ratio"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"methods": [{"quantize": {"dtype": "int2"}}]}]})"), HasSubstr("dtype"));
  EXPECT_THAT(recipe_error(R"({"rules": [{"min_elements": -1, "methods": []}]})"), HasSubstr("min_elements: -1"));
}

TEST(Compress, RecipesInYaml) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder / "recipe.yaml";
  std::ofstream(file) << "rules:\n  - op_types: [gather]\n    methods: []\n  - names: '*'\n    methods:\n"
                         "      - prune: {n_m_ratio: '2:4'}\n      - palettize:\n          nbits: 6\n";
  const char* json = R"({"rules": [{"op_types": ["gather"], "methods": []},
    {"names": ["*"], "methods": [{"prune": {"n_m_ratio": "2:4"}}, {"palettize": {"nbits": 6}}]}]})";
  EXPECT_EQ(read_recipe(file).text, make_recipe(parse_json(json)).text);
  std::ofstream(file) << "rules:\n  - methods:\n      - palettize: {nbits: 7}\n";
  EXPECT_THAT(error_of([&] { read_recipe(file); }), HasSubstr("recipe.yaml: recipe: rules[0]: palettize: nbits: 7"));
}

TEST(Compress, ARecipeReadsBackAsWritten) {
  const Recipe recipe = make_recipe(
      parse_json(R"({"rules": [{"names": "a*", "methods": [{"prune": {"sparsity": 0.5}}, {"palettize": {}}]}]})"));
  EXPECT_EQ(make_recipe(parse_json(recipe.text)).text, recipe.text);
}

}  // namespace
}  // namespace anemone
