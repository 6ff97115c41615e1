// SPDX-License-Identifier: Apache-2.0
// Plans for several shapes, states, control flow, random numbers.
#include "runtime/executable.h"

#include <gmock/gmock.h>

#include "golden.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

using testing::HasSubstr;

Program program_of(const std::string& functions) {
  Program program = parse("program(1.0) {" + functions + "}", op_table());
  verify(program, op_table());
  return program;
}

Session session_of(const std::string& functions, const RunOptions& options = {}) {
  return {std::make_shared<const Program>(program_of(functions)), options};
}

Tensor tensor(const ConcreteShape& shape, const std::vector<float>& values) {
  return Tensor::of<float>(DType::kFloat32, shape, values);
}

std::vector<double> numbers(const std::map<std::string, RuntimeValue>& results, const std::string& name) {
  return to_doubles(results.at(name).tensor);
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

constexpr const char* kFlexible = R"(func main<ios17>(tensor<fp32, [1, n]> x) {
    tensor<fp32, [1, n]> t = tanh(x = x);
    keep = const()[val = bool(false)];
    axes = const()[val = tensor<int32, [1]>([1])];
    tensor<fp32, [1]> y = reduce_sum(axes = axes, keep_dims = keep, x = t);
    size = shape(x = x);
  } -> (t, y, size) interface {
    input x = array[dtype = fp32, shape = [1, 2], ranges = [[1, 1], [1, 9]]];
    output t = array[dtype = fp32];
    output y = array[dtype = fp32, shape = [1]];
    output size = array[dtype = int32, shape = [2]];
  };)";

// Inputs are read where they are and results are handed over: neither may change when the function runs again.
TEST(Executable, CallersKeepTheirInputsAndResults) {
  Session session = session_of(R"(func main<ios16>(tensor<fp32, [2]> x, tensor<fp32, [2]> y) {
    tensor<fp32, [2]> sum = add(x = x, y = y);
    tensor<fp32, [2]> last = relu(x = sum);
    flat = const()[val = tensor<int32, [2]>([1, 2])];
    tensor<fp32, [1, 2]> first = reshape(shape = flat, x = x);
  } -> (last, first);)");
  TensorMap states;
  const TensorMap inputs = {{"x", tensor({2}, {1, -5})}, {"y", tensor({2}, {2, 3})}};
  const auto one = session.run(inputs, states);
  const auto two = session.run({{"x", tensor({2}, {7, 8})}, {"y", tensor({2}, {1, 1})}}, states);
  EXPECT_EQ(numbers(one, "last"), (std::vector<double>{3, 0}));
  EXPECT_EQ(numbers(one, "first"), (std::vector<double>{1, -5}));
  EXPECT_EQ(numbers(two, "last"), (std::vector<double>{8, 9}));
  EXPECT_EQ(to_doubles(inputs.at("x")), (std::vector<double>{1, -5}));
  EXPECT_NE(one.at("first").tensor.bytes(), inputs.at("x").bytes());
}

// coremltools declares one crop for each image where a box says which image it is about.
TEST(Executable, ShapesThatFilesDeclareDoNotOverruleTheOp) {
  Session session = session_of(R"(func main<ios16>(tensor<fp32, [2, 1, 1, 1]> x, tensor<fp32, [1, 1, 5, 1, 1]> roi) {
    tensor<fp32, [1, 2, 1, 1, 1]> y = crop_resize(x = x, roi = roi);
  } -> (y);)");
  TensorMap states;
  const auto results =
      session.run({{"x", tensor({2, 1, 1, 1}, {3, 5})}, {"roi", tensor({1, 1, 5, 1, 1}, {1, 0, 0, 0, 0})}}, states);
  EXPECT_EQ(results.at("y").tensor.shape(), (ConcreteShape{1, 1, 1, 1, 1}));
  EXPECT_EQ(numbers(results, "y"), (std::vector<double>{5}));
}

// A cast to half shares its input's memory in compute form; rounding must not reach the input.
TEST(Executable, RoundingLeavesWhatIsViewedAlone) {
  RunOptions half;
  half.numerics = Numerics::kIeeeHalf;
  Session session = session_of(R"(func main<ios17>(tensor<fp32, [1]> x, int32 q) {
    to_half = const()[val = string("fp16")];
    to_single = const()[val = string("fp32")];
    to_bool = const()[val = string("bool")];
    tenth = const()[val = tensor<fp32, [1]>([0.1])];
    folded = cast(dtype = to_half, x = tenth);
    narrow = cast(dtype = to_single, x = folded);
    exact = add(x = x, y = tenth);
    p = cast(dtype = to_bool, x = q);
    tensor<fp16, [1]> chosen = cond(pred = p)
      () {
        inner = cast(dtype = to_half, x = exact);
      } -> (inner)
      () {
      } -> (folded);
    wide = cast(dtype = to_single, x = chosen);
  } -> (exact, narrow, wide);)",
                               half);
  TensorMap states;
  const auto results = session.run({{"x", tensor({1}, {0})}, {"q", Tensor::scalar(1)}}, states);
  EXPECT_EQ(numbers(results, "exact")[0], static_cast<double>(0.1F));
  EXPECT_EQ(numbers(results, "narrow")[0], 0.0999755859375);  // the half nearest to 0.1
  EXPECT_EQ(numbers(results, "wide")[0], 0.0999755859375);
}

// v views r in a way that only the run knows; r's place in the arena is free for others before v is used again.
TEST(Executable, ViewsOfUnknownShapeOutliveTheirSource) {
  Session session = session_of(R"(func main<ios17>(tensor<fp32, [4]> x, tensor<int32, [2]> shape) {
    axis = const()[val = int32(0)];
    r = relu(x = x);
    tensor<fp32, [?, ?]> v = reshape(shape = shape, x = r);
    a = softmax(axis = axis, x = x);
    b = softmax(axis = axis, x = a);
    c = softmax(axis = axis, x = b);
  } -> (v, c) interface {
    input x = array[dtype = fp32, shape = [4]];
    input shape = array[dtype = int32, shape = [2]];
    output v = array[dtype = fp32];
    output c = array[dtype = fp32, shape = [4]];
  };)");
  TensorMap states;
  const auto results = session.run({{"x", tensor({4}, {1, 2, 3, 4})}, {"shape", Tensor::vector({2, 2})}}, states);
  EXPECT_EQ(results.at("v").tensor.shape(), (ConcreteShape{2, 2}));
  EXPECT_EQ(numbers(results, "v"), (std::vector<double>{1, 2, 3, 4}));
}

TEST(Executable, ShapesComeAndGo) {
  Session session = session_of(kFlexible);
  TensorMap states;
  const Tensor two = tensor({1, 2}, {0.5F, -1});
  const Tensor five = tensor({1, 5}, {1, 2, 3, 4, 5});
  const auto first = session.run({{"x", two}}, states);
  EXPECT_EQ(first.at("t").tensor.shape(), (ConcreteShape{1, 2}));
  EXPECT_EQ(numbers(first, "size"), (std::vector<double>{1, 2}));
  const auto larger = session.run({{"x", five}}, states);
  EXPECT_EQ(numbers(larger, "size"), (std::vector<double>{1, 5}));
  EXPECT_EQ(larger.at("t").tensor.shape(), (ConcreteShape{1, 5}));
  const auto again = session.run({{"x", two}}, states);
  EXPECT_EQ(numbers(again, "t"), numbers(first, "t"));
  EXPECT_EQ(numbers(again, "y"), numbers(first, "y"));
  EXPECT_EQ(numbers(again, "size"), numbers(first, "size"));
}

TEST(Executable, ResultsStayWhenTheNextRunWritesItsOwn) {
  Session session = session_of(kFlexible);
  TensorMap states;
  const auto first = session.run({{"x", tensor({1, 2}, {0, 0})}}, states);
  session.run({{"x", tensor({1, 2}, {3, 3})}}, states);
  EXPECT_EQ(numbers(first, "t"), (std::vector<double>{0, 0}));
}

constexpr const char* kAccumulate = R"(func main<ios18>(tensor<fp32, [2]> x, state<tensor<fp16, [2]>> total) {
    half = const()[val = string("fp16")];
    single = const()[val = string("fp32")];
    x_half = cast(dtype = half, x = x);
    before = read_state(input = total);
    sum = add(x = before, y = x_half);
    total_1 = write_state(data = sum, input = total);
    after = read_state(input = total_1);
    tensor<fp32, [2]> old = cast(dtype = single, x = before);
    tensor<fp32, [2]> new = cast(dtype = single, x = after);
  } -> (old, new) interface {
    input x = array[dtype = fp32, shape = [2]];
    output old = array[dtype = fp32, shape = [2]];
    output new = array[dtype = fp32, shape = [2]];
    state total = array[dtype = fp16, shape = [2]];
  };)";

TEST(Executable, StatesAreKeptByTheCaller) {
  Session session = session_of(kAccumulate);
  TensorMap states;
  const TensorMap inputs{{"x", tensor({2}, {1, 2.5F})}};
  EXPECT_EQ(numbers(session.run(inputs, states), "old"), (std::vector<double>{0, 0}));
  const auto second = session.run(inputs, states);
  EXPECT_EQ(numbers(second, "old"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(numbers(second, "new"), (std::vector<double>{2, 5}));
  TensorMap other;  // another conversation on the same session
  EXPECT_EQ(numbers(session.run(inputs, other), "old"), (std::vector<double>{0, 0}));
  EXPECT_EQ(to_doubles(states.at("total")), (std::vector<double>{2, 5}));
}

TEST(Executable, StatesOfOtherShapesOrNamesAreRefused) {
  Session session = session_of(kAccumulate);
  const TensorMap inputs{{"x", tensor({2}, {1, 2})}};
  TensorMap wrong{{"total", tensor({3}, {1, 2, 3})}};
  EXPECT_EQ(error_of([&] { session.run(inputs, wrong); }), "state total has shape [3], expected tensor<fp16, [2]>");
  TensorMap unknown{{"cache", tensor({2}, {1, 2})}};
  EXPECT_EQ(error_of([&] { session.run(inputs, unknown); }), "there is no state cache");
}

TEST(Executable, Cond) {
  Session session = session_of(R"(func main<ios17>(tensor<fp32, [2]> x, tensor<int32, [1]> which) {
    type = const()[val = string("bool")];
    flags = cast(dtype = type, x = which);
    axes = const()[val = tensor<int32, [1]>([0])];
    bool p = squeeze(axes = axes, x = flags);
    tensor<fp32, [2]> y = cond(pred = p)
      () { tensor<fp32, [2]> a = square(x = x); } -> (a)
      () { tensor<fp32, [2]> b = abs(x = x); } -> (b);
    tensor<fp32, [2]> z = add(x = y, y = x);
  } -> (z) interface {
    input x = array[dtype = fp32, shape = [2]];
    input which = array[dtype = int32, shape = [1]];
    output z = array[dtype = fp32, shape = [2]];
  };)");
  TensorMap states;
  const auto run = [&](int32_t which) {
    return numbers(session.run({{"x", tensor({2}, {-3, 2})}, {"which", Tensor::vector({which})}}, states), "z");
  };
  EXPECT_EQ(run(1), (std::vector<double>{6, 6}));
  EXPECT_EQ(run(0), (std::vector<double>{0, 4}));
  EXPECT_EQ(run(5), (std::vector<double>{6, 6}));
}

constexpr const char* kLoop = R"(func main<ios17>(tensor<fp32, [1]> x) {
    one = const()[val = fp32(1)];
    limit = const()[val = fp32(100)];
    axes = const()[val = tensor<int32, [1]>([0])];
    fp32 start = squeeze(axes = axes, x = x);
    fp32 zero = const()[val = fp32(0)];
    fp32 v, fp32 n = while_loop(loop_vars = (start, zero))
      (fp32 a, fp32 i) { bool go = less(x = a, y = limit); } -> (go)
      (fp32 b, fp32 j) { fp32 c = add(x = b, y = b); fp32 k = add(x = j, y = one); } -> (c, k);
    tensor<fp32, [1]> value = expand_dims(axes = axes, x = v);
    tensor<fp32, [1]> rounds = expand_dims(axes = axes, x = n);
  } -> (value, rounds) interface {
    input x = array[dtype = fp32, shape = [1]];
    output value = array[dtype = fp32, shape = [1]];
    output rounds = array[dtype = fp32, shape = [1]];
  };)";

TEST(Executable, WhileLoop) {
  Session session = session_of(kLoop);
  TensorMap states;
  const auto three = session.run({{"x", tensor({1}, {3})}}, states);
  EXPECT_EQ(numbers(three, "value"), (std::vector<double>{192}));
  EXPECT_EQ(numbers(three, "rounds"), (std::vector<double>{6}));
  EXPECT_EQ(numbers(session.run({{"x", tensor({1}, {100})}}, states), "rounds"), (std::vector<double>{0}));
}

TEST(Executable, ALoopThatDoesNotEndIsAnError) {
  RunOptions options;
  options.max_loops = 50;
  Session session = session_of(kLoop, options);
  TensorMap states;
  EXPECT_THAT(error_of([&] {
                session.run({{"x", tensor({1}, {-1})}}, states);
              }),
              HasSubstr("(while_loop): did not end after 50 rounds"));
}

TEST(Executable, StatesWrittenInsideALoop) {
  Session session = session_of(R"(func main<ios18>(tensor<fp32, [1]> x, state<tensor<fp16, [1]>> total) {
    one = const()[val = fp32(1)];
    half_one = const()[val = tensor<fp16, [1]>([1])];
    limit = const()[val = fp32(5)];
    axes = const()[val = tensor<int32, [1]>([0])];
    fp32 start = squeeze(axes = axes, x = x);
    fp32 n, state<tensor<fp16, [1]>> total_3 = while_loop(loop_vars = (start, total))
      (fp32 i, state<tensor<fp16, [1]>> s) { bool go = less(x = i, y = limit); } -> (go)
      (fp32 j, state<tensor<fp16, [1]>> total_1) {
        tensor<fp16, [1]> before = read_state(input = total_1);
        tensor<fp16, [1]> after = add(x = before, y = half_one);
        total_2 = write_state(data = after, input = total_1);
        fp32 k = add(x = j, y = one);
      } -> (k, total_2);
    tensor<fp32, [1]> end = expand_dims(axes = axes, x = n);
  } -> (end) interface {
    input x = array[dtype = fp32, shape = [1]];
    output end = array[dtype = fp32, shape = [1]];
    state total = array[dtype = fp16, shape = [1]];
  };)");
  TensorMap states;
  session.run({{"x", tensor({1}, {2})}}, states);
  EXPECT_EQ(to_doubles(states.at("total")), (std::vector<double>{3}));
  session.run({{"x", tensor({1}, {0})}}, states);
  EXPECT_EQ(to_doubles(states.at("total")), (std::vector<double>{8}));
}

TEST(Executable, RandomNumbersRepeatWithTheSeedOnly) {
  const auto run = [](uint64_t seed, int calls) {
    RunOptions options;
    options.seed = seed;
    Session session = session_of(R"(func main<ios17>(tensor<fp32, [8]> x) {
        shape = const()[val = tensor<int32, [1]>([8])];
        low = const()[val = fp32(0)];
        high = const()[val = fp32(1)];
        r = random_uniform(high = high, low = low, shape = shape);
        tensor<fp32, [8]> y = add(x = x, y = r);
      } -> (y) interface {
        input x = array[dtype = fp32, shape = [8]];
        output y = array[dtype = fp32, shape = [8]];
      };)",
                                 options);
    TensorMap states;
    std::vector<std::vector<double>> results;
    for (int i = 0; i < calls; ++i)
      results.push_back(numbers(session.run({{"x", tensor({8}, std::vector<float>(8))}}, states), "y"));
    return results;
  };
  const auto first = run(1, 3);
  EXPECT_NE(first[0], first[1]);
  EXPECT_NE(first[1], first[2]);
  EXPECT_NE(first[0][0], first[0][1]);
  EXPECT_EQ(run(1, 3), first);
  EXPECT_NE(run(2, 1)[0], first[0]);
}

TEST(Executable, TraceSeesEveryResult) {
  Session session = session_of(kFlexible);
  std::map<std::string, std::vector<double>> seen;
  session.executable().set_trace(
      [&](const Op&, const Output& output, const Tensor& value) { seen[output.name] = to_doubles(value); });
  TensorMap states;
  const auto results = session.run({{"x", tensor({1, 2}, {1, 2})}}, states);
  EXPECT_EQ(seen.at("t"), numbers(results, "t"));
  EXPECT_EQ(seen.at("y"), numbers(results, "y"));
}

TEST(Executable, UnknownFunction) {
  Session session = session_of(kFlexible);
  TensorMap states;
  EXPECT_THAT(error_of([&] { session.run({}, states, "other"); }), HasSubstr("other"));
}

}  // namespace
}  // namespace anemone
