// SPDX-License-Identifier: Apache-2.0
// The search for the first bad op between a program and its rewritten form, where heads are lanes of their own.
#include <gtest/gtest.h>

#include "faults.h"
#include "golden.h"
#include "import/package.h"
#include "ir/text.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "tune/verify/bisect.h"
#include "tune/verify/lanes.h"

namespace anemone::test {
namespace {

constexpr double kVisible = 80;

Program with_main(const Program& program, Function function) {
  Program result = program;
  result.functions[program.default_function] = std::make_shared<const Function>(std::move(function));
  return result;
}

// The op that the search names, for a fault in `healthy` against `reference`.
std::string named(const Program& healthy, const Faulted& fault, const Program& reference) {
  const Program model = with_main(healthy, fault.function);
  SampleOptions options;
  options.boundary = false;
  const auto samples = make_samples(model.main(), input_meanings(reference.main()), options);
  Session session(std::make_shared<const Program>(model), RunOptions());
  const Parity parity =
      compare_models(session, Session(std::make_shared<const Program>(reference), RunOptions()), samples, {});
  EXPECT_FALSE(parity.passes(kVisible));
  BisectRequest request;
  request.floor = kVisible;
  const Bisection found = bisect_samples(model, reference, samples, parity, request);
  return found.first_bad_op ? found.first_bad_op->name : "nothing";
}

class BisectRewritten : public testing::TestWithParam<const char*> {
 protected:
  const Program plain_ = read_package(golden_package("CLIP-text-iOS15-fp32"));
  const Program rewritten_ = run_passes(plain_, op_table()).program;
};

TEST_P(BisectRewritten, ReferenceIsRewritten) {
  std::mt19937 random(5);
  const auto fault = with_fault(plain_.main(), GetParam(), random);
  ASSERT_TRUE(fault);
  EXPECT_EQ(named(plain_, *fault, rewritten_), fault->op);
}

TEST_P(BisectRewritten, ModelIsRewritten) {
  std::mt19937 random(2);
  const auto fault = with_fault(rewritten_.main(), GetParam(), random);
  ASSERT_TRUE(fault);
  EXPECT_EQ(named(rewritten_, *fault, plain_), fault->op);
}

INSTANTIATE_TEST_SUITE_P(Faults, BisectRewritten,
                         testing::Values("dropped bias", "shifted bias", "wrong activation", "wrong epsilon",
                                         "wrong operation"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

// Heads are convolutions of their own in the reference: what the model has as one op is many there.
TEST(Bisect, SwappedHeadsAreNamedThoughTheReferenceHasThemApart) {
  const Program plain = read_package(golden_package("CLIP-text-iOS15-fp32"));
  std::mt19937 random(3);
  const auto fault = with_fault(plain.main(), "swapped heads", random);
  ASSERT_TRUE(fault);
  EXPECT_EQ(named(plain, *fault, run_passes(plain, op_table()).program), fault->op);
}

// The mask in front of the softmax is a value that the rewritten program does not have.
TEST(Bisect, AFaultBehindAValueOfTheModelsOwn) {
  const Program plain = read_package(golden_package("DistilBERT-iOS15-fp32"));
  Function wrong = plain.main();
  std::string softmax;
  for (OpPtr& op : wrong.body.ops) {
    if (op->type != "softmax") continue;
    auto changed = std::make_shared<Op>(*op);
    for (Argument& argument : changed->arguments)
      if (argument.name == "axis") argument.operands = {Constant::of(1)};
    softmax = op->name;
    op = changed;
    break;
  }
  ASSERT_FALSE(softmax.empty());
  EXPECT_EQ(named(plain, {wrong, "wrong axis", softmax, ""}, run_passes(plain, op_table()).program), softmax);
}

TEST(Capture, LargeValuesLieInFiles) {
  Values values(0);
  Tensor large(DType::kFloat32, {1 << 16});
  for (size_t i = 0; i < large.as<float>().size(); ++i) large.as<float>()[i] = static_cast<float>(i);
  values.add(7, large);
  values.put_away(7);
  large.as<float>()[3] = -1;  // what is kept is a copy
  ASSERT_TRUE(values.find(7));
  EXPECT_EQ(values.find(7)->as<float>()[3], 3);
  EXPECT_EQ(values.find(7)->as<float>()[65535], 65535);
  EXPECT_FALSE(values.find(8));
}

TEST(Capture, HasWhatIsComputedBeforeTheRun) {
  const Program program = parse(R"(program(1.0) {
    func main<ios16>(tensor<fp32, [2]> x) {
      tensor<fp32, [2]> two = exp(x = tensor<fp32, [2]>([0, 1]));
      tensor<fp32, [2]> y = add(x = x, y = two);
    } -> (y);
  })",
                                op_table());
  Tensor x(DType::kFloat32, {2});
  x.as<float>()[0] = x.as<float>()[1] = 1;
  const Values values = capture(program, "main", {{{"x", x}}}, RunOptions());
  for (const OpPtr& op : program.main().body.ops) {
    if (!is_executed(*op)) continue;
    ASSERT_TRUE(values.find(op->id())) << op->name;
    EXPECT_EQ(values.find(op->id())->as<float>()[0], op->type == "exp" ? 1 : 2);
  }
}

TEST(Bisect, ACrossedSplitIsNamed) {
  const Program plain = read_package(golden_package("CLIP-text-iOS15-fp32"));
  const Program rewritten = run_passes(plain, op_table()).program;
  std::mt19937 random(1);
  const auto fault = with_fault(rewritten.main(), "swapped parts", random);
  ASSERT_TRUE(fault);
  EXPECT_EQ(named(rewritten, *fault, plain), fault->op);
}

TEST(Bisect, HeadsAreLanes) {
  const Program rewritten = run_passes(read_package(golden_package("CLIP-text-iOS15-fp32")), op_table()).program;
  SampleOptions options;
  options.random = 1;
  options.boundary = false;
  const auto samples = make_samples(rewritten.main(), input_meanings(rewritten.main()), options);
  const Side side(rewritten.main(), capture(rewritten, rewritten.default_function, samples.at(0).calls, RunOptions()));
  size_t softmaxes = 0;
  for (const Lanes& lanes : lanes_of(side)) {
    const Op* op = side.producer(lanes.values.at(0));
    if (!op || op->type != "softmax") continue;
    ++softmaxes;
    EXPECT_EQ(lanes.values.size(), 4U);
    EXPECT_EQ(stacked(side, lanes).shape().at(0), 4);
  }
  EXPECT_EQ(softmaxes, 1U);
}

}  // namespace
}  // namespace anemone::test
