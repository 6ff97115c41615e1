// SPDX-License-Identifier: Apache-2.0
// What people and machines read, conditions, and that the document of rules is current.
#include "placement/reports.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "golden.h"
#include "placement/condition.h"
#include "placement/estimates_file.h"
#include "programs.h"

namespace anemone {
namespace {

bool evaluated(const char* text) {
  const NameLookup lookup = [](std::string_view name) -> std::optional<double> {
    if (name == "ane_share") return 0.9;
    return name == "cpu" ? std::optional<double>(7) : std::nullopt;
  };
  return holds(text, lookup, {"ane_share", "cpu"});
}

TEST(Condition, Values) {
  EXPECT_TRUE(evaluated("ane_share < 0.95"));
  EXPECT_FALSE(evaluated("ane_share >= 0.95"));
  EXPECT_TRUE(evaluated("ane_share < 0.95 and cpu == 7"));
  EXPECT_TRUE(evaluated("cpu > 100 or not (cpu > 10)"));
  EXPECT_TRUE(evaluated("1 + 2 * 3 == 7 && -cpu < 0"));
  EXPECT_TRUE(evaluated("cpu - 3 - 2 == 2"));
  EXPECT_TRUE(evaluated("8 / 2 / 2 == 2"));
  EXPECT_FALSE(evaluated("!cpu"));
}

std::string fault(const std::string& text) {
  try {
    evaluated(text.c_str());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Condition, Faults) {
  EXPECT_EQ(fault("gnu > 1"), "column 1: gnu is not a name: expected ane_share or cpu");
  EXPECT_EQ(fault("cpu <"), "column 6: a number or a name is missing");
  EXPECT_EQ(fault("(cpu"), "column 5: a closing parenthesis is missing");
  EXPECT_EQ(fault("cpu 7"), "column 5: 7 is not expected here");
  EXPECT_NE(fault(std::string(1000, '(')).find("nested deeper"), std::string::npos);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Placement, DocumentIsCurrent) {
  std::string expected = rules_markdown();
  expected.resize(expected.find_last_not_of('\n') + 1);
  EXPECT_EQ(read(std::string(ANEMONE_SOURCE_DIR) + "/docs/placement.md"), expected + "\n")
      << "run: anemone explain --list-rules > docs/placement.md";
}

Explanation explained(const std::string& name, const char* chip = "m1") {
  ExplainRequest request;
  request.models = {test::golden_package(name)};
  request.options = test::on(chip);
  return explain(request);
}

class GoldenPlacement : public testing::TestWithParam<std::string> {};

// Every op off the Neural Engine has a reason of its own.
TEST_P(GoldenPlacement, EveryOpHasAReason) {
  for (const char* chip : {"a15", "m1", "m4"}) {
    const Explanation explanation = explained(GetParam(), chip);
    for (const PlacedFunction& function : explanation.models[0].functions)
      for (const PlacedOp& op : function.ops) {
        if (op.preferred == Unit::kAne) continue;
        ASSERT_TRUE(op.off_ane.has_value()) << op_name(op);
        EXPECT_NE(op.off_ane->rule->code, "ANE079") << op.op->type;
        EXPECT_FALSE(op.off_ane->reason.empty());
      }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenPlacement, testing::ValuesIn(test::golden_names()),
                         [](const auto& model) { return test::test_name(model.param); });

TEST(Reports, AllForms) {
  const Explanation explanation = explained(test::golden_names().front());
  const size_t ops = explanation.models[0].functions[0].ops.size();
  const std::string csv = explanation_csv(explanation);
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), ops);
  const Json json = explanation_json(explanation);
  EXPECT_EQ(json["ops"].size(), ops);
  for (const char* key :
       {"index", "function", "name", "type", "supported", "preferred", "reason", "fix", "cost_ms", "weight"})
    EXPECT_TRUE(json["ops"][0].contains(key)) << key;
  for (const char* key :
       {"ops", "ane", "gpu", "cpu", "latency_ms", "energy_mj", "weights_mb", "memory_mb", "first_load_s"})
    EXPECT_TRUE(json["totals"].contains(key)) << key;
  const Json sarif = Json::parse(explanation_sarif(explanation));
  EXPECT_EQ(sarif["version"], "2.1.0");
  EXPECT_EQ(sarif["runs"][0]["results"].size(), static_cast<size_t>(explanation.models[0].totals.cpu));
  EXPECT_NE(explanation_junit(explanation, "ane_share < 2").find("failures=\"1\""), std::string::npos);
  EXPECT_NE(explanation_table(explanation, {}).find("ops"), std::string::npos);
  EXPECT_NE(why(explanation, "0").find("op 0 of function main"), std::string::npos);
  EXPECT_THROW(why(explanation, "no such op"), Error);
  EXPECT_TRUE(fails(explanation, "cpu >= 0"));
  EXPECT_THROW(fails(explanation, "nothing"), Error);
}

// Copies of a package are found by content and loaded once, wherever they lie.
TEST(Reports, CopiesAreLoadedOnce) {
  namespace fs = std::filesystem;
  const test::TemporaryFolder folder;
  const fs::path original = test::golden_package("BERT-iOS16-fp16");
  fs::copy(original, folder / "copy.mlpackage", fs::copy_options::recursive);
  ExplainRequest request;
  request.models = {original, folder / "copy.mlpackage", test::golden_package("GPT-2-iOS16-fp16")};
  request.options = test::on("m1");
  request.together = true;
  const Explanation explanation = explain(request);
  ASSERT_TRUE(explanation.window.has_value());
  EXPECT_EQ(explanation.window->members[1].same_as, 0);
  EXPECT_EQ(explanation.window->members[2].same_as, -1);
  EXPECT_NE(explanation_table(explanation, {}).find("loaded once"), std::string::npos);
  EXPECT_EQ(explanation_json(explanation)["models"].size(), 3U);
}

TEST(EstimatesFile, ReadsOpsAndRates) {
  const test::TemporaryFolder folder;
  const auto path = folder / "estimates.json";
  const auto write = [&](const char* text) { std::ofstream(path) << text; };
  PlaceOptions options = test::on("m4");
  write(R"({"ops": [{"index": 2, "est_ms": {"ane": 0.5}}], "rates": {"conv.dense": {"bnns": 100}}})");
  read_estimates(path, options);
  EXPECT_EQ(options.estimates[2][Backend::kAne], 0.5);
  EXPECT_EQ(options.rates->find("conv.dense")->bnns.value, 100);
  for (const char* bad :
       {"[]", "{\"ops\": 1}", "{\"ops\": [{}]}", "{\"rates\": {\"conv.dense\": {\"bnns\": 0}}}",
        "{\"rates\": {\"gnu\": {\"ane\": 1}}}", "{\"ops\": [{\"index\": 1, \"est_ms\": {\"x\": 1}}]}"}) {
    write(bad);
    EXPECT_THROW(read_estimates(path, options), Error) << bad;
  }
}

}  // namespace
}  // namespace anemone
