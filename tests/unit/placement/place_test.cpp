// SPDX-License-Identifier: Apache-2.0
// Whole placements: contexts as an M4 decided them (751K study, plan_ctx_cpune.tsv), estimates as its compiler stated
// them, gates with their arithmetic.
#include "placement/place.h"

#include <gtest/gtest.h>

#include "programs.h"
#include "rename.h"

namespace anemone {
namespace {

using test::code_of;
using test::half;
using test::in_context;
using test::letters;
using test::on;
using test::place;
using test::promised;

const ConcreteShape kImage = {1, 64, 32, 32};

std::function<ValueId(Builder&, ValueId)> op(const std::string& type, const std::vector<Arg>& more = {}) {
  return [=](Builder& to, ValueId x) {
    std::vector<Arg> args = {{"x", x}};
    args.insert(args.end(), more.begin(), more.end());
    return to.add(type, args);
  };
}

TEST(Place, ContextsOnM4) {
  const PlaceOptions m4 = on("m4");
  EXPECT_EQ(letters(place(in_context(kImage, op("asin")), m4)), "CCCCCCCCC");
  EXPECT_EQ(letters(place(in_context(kImage, op("tile", {{"reps", {1, 2, 1, 2}}})), m4)), "AAAAAAAAA");
  EXPECT_EQ(letters(place(in_context({8, 64, 16, 16}, op("transpose", {{"perm", {1, 0, 2, 3}}})), m4)), "AAAAAAAAA");
  EXPECT_EQ(letters(place(in_context(kImage, op("reduce_mean", {{"axes", {2, 3}}, {"keep_dims", true}})), m4)),
            "CCCCCCCCC");
  EXPECT_EQ(letters(place(
                in_context(kImage, [](Builder& to, ValueId x) { return test::convolution(to, x, 64, 17, 17); }), m4)),
            "CCCCCCCCC");
  EXPECT_EQ(
      letters(place(in_context({1, 128, 256}, [](Builder& to, ValueId x) { return test::linear(to, x, 512); }), m4)),
      "AAAAAAAAA");
}

TEST(Place, TheLastReluIsATie) {
  const PlacedFunction placed = place(in_context(kImage, op("softmax", {{"axis", 1}})), on("m4"));
  EXPECT_EQ(letters(placed), "AAAAAAAAA");
  EXPECT_EQ(placed.ops.back().ties, std::vector<Unit>{Unit::kCpu});
  EXPECT_TRUE(placed.ops.front().ties.empty());
}

TEST(Place, NamesDoNotMatter) {
  const Program program = in_context(kImage, op("asin"));
  const Program other = test::renamed(program);
  const PlacedFunction a = place(program, on("m4", ComputeUnits::kAll));
  const PlacedFunction b = place(other, on("m4", ComputeUnits::kAll));
  EXPECT_EQ(letters(a), letters(b));
  EXPECT_EQ(a.planned_ms, b.planned_ms);
}

// Estimates of an M4's analytics files, in milliseconds: Neural Engine, bnns, classic.
void expect_estimates(const std::string& type, const Program& program, const std::array<double, 3>& expected) {
  const PlacedFunction placed = place(program, on("m4"));
  for (const PlacedOp& found : placed.ops) {
    if (found.op->type != type) continue;
    EXPECT_NEAR(found.ms[static_cast<size_t>(Backend::kAne)] / expected[0], 1, 1e-3) << type;
    EXPECT_NEAR(found.ms[static_cast<size_t>(Backend::kBnns)] / expected[1], 1, 1e-3) << type;
    EXPECT_NEAR(found.ms[static_cast<size_t>(Backend::kClassic)] / expected[2], 1, 1e-3) << type;
  }
}

Program alone(const ConcreteShape& shape, const std::function<ValueId(Builder&, ValueId)>& make) {
  Builder to(op_table(), "main", 8);
  const ValueId y = make(to, to.input("x", half(shape)));
  return test::program_of(to, {y});
}

TEST(Place, EstimatesOfM4) {
  expect_estimates("relu", alone(kImage, op("relu")), {0.00262144, 0.00262144, 0.00262144});
  expect_estimates("abs", alone(kImage, op("abs")), {0.0035903033, 0.0043083642, 0.0043083642});
  expect_estimates("add",
                   alone(kImage,
                         [](Builder& to, ValueId x) {
                           return to.add("add", {{"x", x}, {"y", x}});
                         }),
                   {0.00728571818, 0.01241083289, 0.01427516859});
  expect_estimates("conv", alone(kImage, [](Builder& to, ValueId x) { return test::convolution(to, x, 64, 3, 3); }),
                   {0.004674280766, 0.1000638818, 0.1150953308});
  expect_estimates("conv", alone(kImage, [](Builder& to, ValueId x) { return test::convolution(to, x, 64, 1, 1); }),
                   {0.001171457486, 0.02161670115, 0.0248639300});
  expect_estimates("linear", alone({1, 128, 256}, [](Builder& to, ValueId x) { return test::linear(to, x, 512); }),
                   {0.003171119894, 0.1000113134, 0.1150348653});
  expect_estimates("linear", alone({1, 128, 256}, [](Builder& to, ValueId x) { return test::linear(to, x, 256); }),
                   {0.0289042313, 0.7441950092, 0.8559868721});
  expect_estimates("transpose", alone(kImage, op("transpose", {{"perm", {0, 3, 2, 1}}})),
                   {0.003806333076, 0.002996582763, 0.003446725016});
}

TEST(Place, EstimatesGrowWithTheWork) {
  double before = 0;
  for (int64_t channels = 64; channels <= 1024; channels *= 2) {
    const PlacedFunction placed =
        place(alone({1, channels, 32, 32}, [](Builder& to, ValueId x) { return test::convolution(to, x, 64, 3, 3); }),
              on("m4"));
    EXPECT_GT(placed.ops[0].ms[0], before);
    before = placed.ops[0].ms[0];
  }
}

TEST(Place, ReasonsCarryNumbers) {
  const PlacedFunction placed = place(in_context({1, 8, 8, 8}, op("asin")), on("m4"));
  EXPECT_EQ(code_of(placed.ops[4]), "ANE030");
  EXPECT_EQ(code_of(placed.ops[0]), "ANE098");
  EXPECT_NE(placed.ops[0].off_ane->reason.find("these 4 ops would save"), std::string::npos);
  EXPECT_NE(placed.ops[0].off_ane->reason.find("next to asin (ANE030)"), std::string::npos);
}

TEST(Place, ComputeUnitsAreObeyed) {
  const Program program = in_context(kImage, op("tile", {{"reps", {1, 2, 1, 2}}}));
  EXPECT_EQ(letters(place(program, on("m4", ComputeUnits::kCpuOnly))), "CCCCCCCCC");
  const PlacedFunction gpu = place(program, on("m4", ComputeUnits::kCpuAndGpu));
  EXPECT_EQ(letters(gpu).find('A'), std::string::npos);
  EXPECT_EQ(code_of(gpu.ops[0]), "ANE097");
}

TEST(Place, ABusyGpuGetsLess) {
  const Program large = in_context({16, 64, 128, 128}, op("asin"));
  PlaceOptions options = on("m5-max", ComputeUnits::kAll);
  EXPECT_EQ(letters(place(large, options)), "GGGGGGGGG");
  const double idle = place(large, options).planned_ms;
  options.gpu_busy = true;
  EXPECT_GT(place(large, options).planned_ms, idle);
}

// 1x1 convolutions in a row, with weights of so many bytes in files of at most a gigabyte.
Program heavy(int64_t bytes, int parts, const std::string& name) {
  Builder to(op_table(), "main", 5);
  ValueId x = to.input("x", Type::tensor(DType::kFloat32, ConcreteShape{1, 1024, 1, 1}));
  x = to.add("cast", {{"x", x}, {"dtype", "fp16"}});
  for (int i = 0; i < parts; ++i) {
    const int64_t outputs = bytes / parts / 2 / 1024;
    x = to.add("conv",
               {{"x", x}, {"weight", promised({outputs, 1024, 1, 1}, DType::kFloat16, name + std::to_string(i))}});
    x = to.add("slice_by_size", {{"x", x}, {"begin", {0, 0, 0, 0}}, {"size", {1, 1024, 1, 1}}});
  }
  return test::program_of(to, {to.add("cast", {{"x", x}, {"dtype", "fp32"}})});
}

TEST(Gates, Pythia28BFitsM2AndNotM1) {
  const Program pythia = heavy(5'550'000'000, 8, "pythia");
  const PlacedFunction m1 = place(pythia, on("m1", ComputeUnits::kCpuAndNe, "macOS13"));
  ASSERT_TRUE(m1.gate.has_value());
  EXPECT_EQ(m1.gate->rule->code, "ANE093");
  EXPECT_NE(m1.gate->reason.find("its weights take 5.55 GB, and the address window of M1 has 3.76 GB"),
            std::string::npos)
      << m1.gate->reason;
  EXPECT_FALSE(place(pythia, on("m2", ComputeUnits::kCpuAndNe, "macOS13")).gate.has_value());
}

// 5.5 GB of fp16 as a quarter of that in palettes: macOS 13 expands them, macOS 14 does not.
TEST(Gates, PalettesAreExpandedBeforeMacOs14) {
  Builder to(op_table(), "main", 6);
  ValueId x = to.input("x", half({1, 1024, 1, 1}));
  const int64_t outputs = 5'550'000'000 / 2 / 1024;
  const int64_t elements = outputs * 1024;
  const ValueId weight = to.add("constexpr_lut_to_dense",
                                {{"indices", promised({elements / 2}, DType::kUInt8, "indices")},
                                 {"lut", floats({16}, std::vector<float>(16), DType::kFloat16)},
                                 {"shape", ints({4}, {static_cast<int32_t>(outputs), 1024, 1, 1}, DType::kUInt32)}});
  const Program program = test::program_of(to, {to.add("conv", {{"x", x}, {"weight", weight}})});
  const PlacedFunction old = place(program, on("m1", ComputeUnits::kCpuAndNe, "macOS13"));
  ASSERT_TRUE(old.gate.has_value());
  EXPECT_EQ(old.gate->rule->code, "ANE093");
  EXPECT_NE(old.gate->reason.find("expanded to fp16 by macOS 13"), std::string::npos) << old.gate->reason;
  EXPECT_FALSE(place(program, on("m1", ComputeUnits::kCpuAndNe, "macOS14")).gate.has_value());
  EXPECT_FALSE(place(program, on("m2", ComputeUnits::kCpuAndNe, "macOS13")).gate.has_value());
}

TEST(Gates, AFileOfTwoGibibytes) {
  const int64_t limit = int64_t{1} << 31;
  const Program below = heavy(limit - 2048, 1, "below");
  const Program above = heavy(limit, 1, "above");
  EXPECT_FALSE(place(below, on("m4")).gate.has_value());
  PlaceOptions without = on("m4");
  without.without = {"ANE092"};
  EXPECT_FALSE(place(above, without).gate.has_value());
  ASSERT_TRUE(place(above, on("m4")).gate.has_value());
  EXPECT_EQ(place(above, on("m4")).gate->rule->code, "ANE092");
  EXPECT_FALSE(place(heavy(limit, 4, "parts"), on("m4")).gate.has_value());
}

TEST(Gates, BelowA14) {
  const PlacedFunction placed = place(in_context(kImage, op("asin")), on("iPhone 11"));
  ASSERT_TRUE(placed.gate.has_value());
  EXPECT_EQ(placed.gate->rule->code, "ANE090");
  EXPECT_NE(placed.gate->reason.find("no Neural Engine for ML Programs"), std::string::npos);
  EXPECT_EQ(letters(placed), "CCCCCCCCC");
}

TEST(Gates, ASystemThatIsTooOld) {
  const PlacedFunction placed = place(in_context(kImage, op("asin")), on("m1", ComputeUnits::kAll, "macOS14"));
  ASSERT_TRUE(placed.gate.has_value());
  EXPECT_EQ(placed.gate->rule->code, "ANE091");
}

TEST(Gates, FlexibleShapes) {
  Program program = alone(kImage, op("relu"));
  auto function = std::make_shared<Function>(program.main());
  function->input_features[0].shape_ranges = {{1, 8}, {64, 64}, {32, 32}, {32, 32}};
  program.functions["main"] = function;
  const PlacedFunction placed = place(program, on("m4"));
  ASSERT_TRUE(placed.gate.has_value());
  EXPECT_EQ(placed.gate->rule->code, "ANE096");
}

std::string fits(const std::vector<Window::Member>& members, const char* chip) {
  std::string text;
  for (const Window::Member& member : share_window(members, find_target(chip)).members) text += member.fits ? 'y' : 'n';
  return text;
}

Window::Member member(const char* name, double gb, int same_as = -1) {
  return {name, static_cast<int64_t>(gb * 1e9), same_as, true, ""};
}

// 0xE0000000 bytes; an M1 Max held four programs of 800 MB and not five, and six copies of one.
TEST(Gates, AWindowIsShared) {
  EXPECT_EQ(fits({member("a", 0.8), member("b", 0.8), member("c", 0.8), member("d", 0.8), member("e", 0.8)}, "m1"),
            "yyyyn");
  EXPECT_EQ(fits({member("a", 0.8), member("a", 0.8, 0), member("a", 0.8, 0), member("a", 0.8, 0), member("a", 0.8, 0),
                  member("a", 0.8, 0)},
                 "m1"),
            "yyyyyy");
  EXPECT_EQ(fits({member("xl1", 1.811), member("xl2", 1.158)}, "m1"), "yy");
  EXPECT_EQ(fits({member("big", 5.5), member("small", 1.0)}, "m1"), "ny");
  const Window window = share_window({member("xl1", 1.811), member("xl2", 1.158)}, find_target("m1"));
  EXPECT_EQ(window.members[1].arithmetic, "1.81 + 1.16 = 2.97 of 3.76 GB");
}

}  // namespace
}  // namespace anemone
