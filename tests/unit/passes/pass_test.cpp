// SPDX-License-Identifier: Apache-2.0
// The table's order and the runner.
#include "passes/pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/text.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Patch> nothing(const Graph&, const PassContext&) { return {}; }

std::vector<std::string> order(const PassTable& table) {
  std::vector<std::string> names;
  for (const Pass* pass : table.in_order()) names.push_back(pass->name);
  return names;
}

template <typename Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Program program(const std::string& statements, const std::string& output) {
  return parse("program(1.0) { func main<ios16>(tensor<fp32, [2]> x) {" + statements + "} -> (" + output + "); }",
               op_table());
}

TEST(PassTable, OrderIsByStageThenAfterThenName) {
  PassTable table;
  table.add({"late", Stage::kFinish, {}, "", nothing});
  table.add({"b", Stage::kFuse, {"c"}, "", nothing});
  table.add({"c", Stage::kFuse, {}, "", nothing});
  table.add({"d", Stage::kFuse, {}, "", nothing});
  table.add({"early", Stage::kCleanUp, {}, "", nothing});
  EXPECT_THAT(order(table), ElementsAre("early", "c", "b", "d", "late"));
}

TEST(PassTable, RefusesCirclesAndUnknownNames) {
  PassTable circle;
  circle.add({"a", Stage::kFuse, {"b"}, "", nothing});
  circle.add({"b", Stage::kFuse, {"a"}, "", nothing});
  EXPECT_THAT(error_of([&] { circle.in_order(); }), HasSubstr("after itself"));
  PassTable unknown;
  unknown.add({"a", Stage::kFuse, {"nobody"}, "", nothing});
  EXPECT_THAT(error_of([&] { unknown.in_order(); }), HasSubstr("nobody, which does not exist"));
}

TEST(RunPasses, LogsAppliedAndHonoursOptions) {
  const Program before = program("a = identity(x = x); b = relu(x = a); dead = tanh(x = b);", "b");
  PassOptions options;
  std::vector<std::string> changed;
  options.after_pass = [&](const std::string& pass, const Program&) { changed.push_back(pass); };
  const PassResult all = run_passes(before, op_table(), options);
  EXPECT_EQ(all.program.main().body.ops.size(), 1U);
  EXPECT_THAT(changed, ElementsAre("dead_code_elimination", "noop_elimination"));
  options.disabled = {"noop_elimination"};
  EXPECT_EQ(run_passes(before, op_table(), options).program.main().body.ops.size(), 2U);
  options.disabled.clear();
  options.only = {"noop_elimination"};
  const PassResult one = run_passes(before, op_table(), options);
  ASSERT_EQ(one.log.size(), 1U);
  EXPECT_EQ(one.log[0].name, "noop_elimination");
  EXPECT_EQ(one.log[0].applied, 1);
  EXPECT_EQ(one.program.main().body.ops.size(), 2U);
  options.only = {"nobody"};
  EXPECT_THAT(error_of([&] { run_passes(before, op_table(), options); }), HasSubstr("there is no pass nobody"));
}

TEST(RunPasses, LongChainsComeToRest) {
  std::string statements = "v0 = relu(x = x);";
  for (int i = 1; i < 3000; ++i) statements += fmt::format("v{} = identity(x = v{});", i, i - 1);
  const PassResult result = run_passes(program(statements + "y = tanh(x = v2999);", "y"), op_table());
  EXPECT_EQ(result.program.main().body.ops.size(), 2U);
}

TEST(RunPasses, NamesThePassThatBreaksTheProgramOrNeverEnds) {
  const Program before = program("a = relu(x = x); b = tanh(x = a);", "b");
  PassTable table;
  table.add({"breaker", Stage::kCleanUp, {}, "", [](const Graph& graph, const PassContext&) {
               Patch patch;
               patch.remove = {graph.function().body.ops[0]->id()};
               return std::vector<Patch>{patch};
             }});
  EXPECT_THAT(error_of([&] { run_passes(before, op_table(), {}, table); }), HasSubstr("pass breaker: function main: "));
  PassTable endless;
  endless.add({"endless", Stage::kCleanUp, {}, "", [](const Graph& graph, const PassContext&) {
                 Patch patch;
                 patch.rebuild[graph.function().body.ops[0]->id()] = graph.function().body.ops[0];
                 return std::vector<Patch>{patch};
               }});
  EXPECT_THAT(error_of([&] { run_passes(before, op_table(), {}, endless); }), HasSubstr("does not come to rest"));
}

}  // namespace
}  // namespace anemone
