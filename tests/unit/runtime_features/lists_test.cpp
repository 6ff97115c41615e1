// SPDX-License-Identifier: Apache-2.0
// Lists, and values that pass through blocks.
#include <gmock/gmock.h>

#include "base/error.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/executable.h"
#include "runtime/lists.h"

namespace anemone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Outcome {
  std::vector<float> values;
  ConcreteShape shape;
  std::string error;
};

// Runs a function of x: fp32 [2] and i: int32 scalar, and gives its output y.
Outcome run(const std::string& body, std::vector<float> x, int32_t i, int64_t max_loops = 100) {
  auto program = std::make_shared<Program>(
      parse("program(1.0) { func main<ios16>(tensor<fp32, [2]> x, tensor<int32, []> i) { " + body + " } -> (y); }",
            op_table()));
  RunOptions options;
  options.max_loops = max_loops;
  Executable executable(program, options);
  TensorMap states;
  try {
    const Tensor y =
        executable
            .run("main",
                 {{"x", Tensor::of<float>(DType::kFloat32, {2}, std::span<const float>(x))}, {"i", Tensor::scalar(i)}},
                 states)
            .at("y")
            .tensor;
    const auto values = to_doubles(y);
    return {{values.begin(), values.end()}, y.shape(), ""};
  } catch (const Error& error) {
    return {{}, {}, error.what()};
  }
}

// A list of vectors of two, of length 1, not written.
const std::string kMake =
    "a = make_list(init_length = int32(1), dynamic_length = bool(true), "
    "elem_shape = (tensor<int32, [1]>([2])), dtype = string(\"fp32\")); ";

TEST(Lists, AnElementNeverWrittenReadsAsZeros) {
  EXPECT_THAT(run(kMake + "y = list_read(ls = a, index = i);", {1, 2}, 0).values, ElementsAre(0, 0));
  EXPECT_THAT(run(kMake + "y = list_read(ls = a, index = i);", {1, 2}, 9).values, ElementsAre(0, 0));
}

TEST(Lists, AWritePastTheEndGrowsTheList) {
  const std::string write = kMake + "b = list_write(ls = a, index = i, value = x); ";
  EXPECT_THAT(run(write + "y = list_length(ls = b);", {1, 2}, 4).values, ElementsAre(5));
  EXPECT_THAT(run(write + "y = list_gather(ls = b, indices = tensor<int32, [3]>([2, 1, 0]));", {1, 2}, 2).values,
              ElementsAre(1, 2, 0, 0, 0, 0));
}

TEST(Lists, AWriteLeavesTheOldListAsItWas) {
  EXPECT_THAT(
      run(kMake + "b = list_write(ls = a, index = i, value = x); y = list_read(ls = a, index = i);", {1, 2}, 0).values,
      ElementsAre(0, 0));
}

TEST(Lists, ScatterWritesRows) {
  const Outcome outcome = run(kMake +
                                  "v = stack(values = (x, x), axis = int32(0)); "
                                  "b = list_scatter(ls = a, indices = tensor<int32, [2]>([3, 0]), value = v); "
                                  "y = list_gather(ls = b, indices = tensor<int32, [4]>([0, 1, 2, 3]));",
                              {5, -6}, 1);
  EXPECT_EQ(outcome.error, "");
  EXPECT_THAT(outcome.values, ElementsAre(5, -6, 0, 0, 0, 0, 5, -6));
  EXPECT_THAT(outcome.shape, ElementsAre(4, 2));
}

TEST(Lists, ErrorsNameTheIndex) {
  EXPECT_THAT(run(kMake + "y = list_read(ls = a, index = i);", {1, 2}, -1).error, HasSubstr("index -1"));
  const std::string write = kMake + "b = list_write(ls = a, index = i, value = x); y = list_length(ls = b);";
  EXPECT_THAT(run(write, {1, 2}, kMaxListLength).error, HasSubstr(std::to_string(kMaxListLength)));
  EXPECT_THAT(run(write, {1, 2}, INT32_MAX).error, HasSubstr("2147483647"));
}

// Squares 0 .. n-1 into a list in a loop.
const std::string kLoop =
    "zero = const()[val = int32(0)]; " + kMake +
    "n, l = while_loop(loop_vars = (zero, a)) "
    "(tensor<int32, []> k, list<tensor<fp32, [2]>, ?> s) { c = less(x = k, y = i); } -> (c) "
    "(tensor<int32, []> k, list<tensor<fp32, [2]>, ?> s) { "
    "one = const()[val = int32(1)]; fk = cast(x = k, dtype = string(\"fp32\")); v = mul(x = x, y = fk); "
    "t = list_write(ls = s, index = k, value = v); m = add(x = k, y = one); } -> (m, t); ";

TEST(Lists, GrowInALoop) {
  EXPECT_THAT(run(kLoop + "y = list_read(ls = l, index = tensor<int32, []>(3));", {1, -2}, 5).values,
              ElementsAre(3, -6));
  EXPECT_THAT(run(kLoop + "y = list_length(ls = l);", {1, -2}, 5).values, ElementsAre(5));
  EXPECT_THAT(run(kLoop + "y = list_length(ls = l);", {1, -2}, 0).values, ElementsAre(1));
}

TEST(Loops, EndAtTheLimit) {
  EXPECT_THAT(run(kLoop + "y = list_length(ls = l);", {1, 1}, 7, 7).values, ElementsAre(7));
  EXPECT_THAT(run(kLoop + "y = list_length(ls = l);", {1, 1}, 8, 7).error, HasSubstr("7 rounds"));
}

// The block hands `t` on; the ops that follow are free to use t's memory, and must not change the result.
TEST(Blocks, AResultFromOutsideKeepsItsValue) {
  const std::string after =
      "u = exp(x = x); w = exp(x = u); z = add(x = u, y = w); zz = mul(x = z, y = w); q = sub(x = zz, y = zz); "
      "y = add(x = r, y = q);";
  const std::string cond =
      "t = mul(x = x, y = x); zero = const()[val = int32(0)]; p = greater(x = i, y = zero); "
      "r = cond(pred = p) () { } -> (t) () { s = relu(x = t); } -> (s); ";
  EXPECT_THAT(run(cond + after, {1.5F, -2}, 1).values, ElementsAre(2.25F, 4));
  const std::string loop =
      "t = mul(x = x, y = x); r = while_loop(loop_vars = (t)) (tensor<fp32, [2]> v) { zero = const()[val = int32(0)]; "
      "c = greater(x = i, y = zero); } -> (c) (tensor<fp32, [2]> v) { w = relu(x = v); } -> (w); ";
  EXPECT_THAT(run(loop + after, {1.5F, -2}, 0).values, ElementsAre(2.25F, 4));
}

}  // namespace
}  // namespace anemone
