// SPDX-License-Identifier: Apache-2.0
// What text cannot say, or what needs ops: signatures, blocks, state versions, compressed constants. Rules that text
// can show are in tests/golden/verify.
#include "ir/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "base/error.h"
#include "ir/text.h"

namespace anemone {
namespace {

using testing::HasSubstr;

OpDefinition defined(const std::string& name, int opset, const std::string& parameters,
                     std::function<std::vector<Type>(const Arguments&)> infer) {
  OpDefinition definition;
  definition.name = name;
  definition.signatures = {signature(opset, parameters)};
  definition.infer = std::move(infer);
  return definition;
}

int evaluations = 0;

OpTable table() {
  OpTable ops;
  const auto same = [](const Arguments& a) { return std::vector<Type>{a.type("x")}; };
  ops.add(defined("relu", 5, "x: T=fp16|fp32", same));
  ops.add(defined("softmax", 5, "x: T=fp16|fp32, axis: int32 const = -1", same));
  ops.add(defined("newer", 7, "x: T=fp16|fp32", same));
  ops.add(defined("less", 5, "x: T=fp16|fp32",
                  [](const Arguments&) { return std::vector<Type>{Type::scalar(DType::kBool)}; }));
  ops.add(defined("read_state", 8, "input: any",
                  [](const Arguments& a) { return std::vector<Type>{a.type("input").elements.at(0)}; }));
  ops.add(defined("write_state", 8, "data: any, input: any",
                  [](const Arguments& a) { return std::vector<Type>{a.type("input")}; }));
  auto scaled = defined("constexpr_scaled", 6, "data: int8, scale: fp32", [](const Arguments& a) {
    return std::vector<Type>{Type::tensor(DType::kFloat32, a.type("data").shape)};
  });
  scaled.evaluate = [](const Arguments& a, Results& results) {
    ++evaluations;
    if (!std::isfinite(a.number("scale"))) fail("scale is not finite");
    results.allocate(0, a.tensor("data").shape(), DType::kFloat32);
  };
  ops.add(scaled);
  return ops;
}

std::string error_of(const Program& program, const VerifyOptions& options = {}) {
  try {
    verify(program, table(), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string error_in(const std::string& statements, const std::string& output = "x", int ios = 18,
                     const std::string& more_inputs = "", const VerifyOptions& options = {}) {
  const std::string text = "program(1.0) { func main<ios" + std::to_string(ios) + ">(tensor<fp32, [2]> x" +
                           more_inputs + ") {" + statements + "} -> (" + output + "); }";
  return error_of(parse(text, table()), options);
}

TEST(Verify, AcceptsSoundPrograms) {
  EXPECT_EQ(error_in("y = relu(x = x); a = const()[val = int32(0)]; z = softmax(axis = a, x = y);", "z"), "");
  EXPECT_EQ(error_in("tensor<fp32, [n]> y = relu(x = x);", "x"), "");
}

TEST(Verify, Signatures) {
  EXPECT_EQ(error_in("tensor<fp32, [2]> y = softmax(axis = z, x = x);", "y", 15, ", tensor<int32, []> z"),
            "function main: op y (softmax): argument axis must be a constant");
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = relu();", "y"), HasSubstr("op y (relu): argument x is missing"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = relu(w = x, x = x);", "y"), HasSubstr("has no parameter w"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = relu(x = (x, x));", "y"), HasSubstr("binds 2 values"));
  EXPECT_THAT(error_in("tensor<int32, []> y = relu(x = int32(1));", "y"), HasSubstr("element type int32"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = newer(x = x);", "y", 16), HasSubstr("does not exist in CoreML6"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = relu(x = x) () { } -> ();", "y"),
              HasSubstr("must not have nested blocks"));
}

TEST(Verify, DeclaredTypes) {
  EXPECT_EQ(error_in("tensor<int32, [2]> y = relu(x = x);", "y"),
            "function main: op y (relu): output y is declared tensor<int32, [2]>, but the op gives tensor<fp32, [2]>");
  EXPECT_THAT(error_in("tensor<fp32, [3]> y = relu(x = x);", "y"), HasSubstr("is declared tensor<fp32, [3]>"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y, fp32 z = relu(x = x);", "y"),
              HasSubstr("declares 2 outputs, but gives 1"));
}

TEST(Verify, CompressedConstants) {
  const std::string good = "y = constexpr_scaled(data = tensor<int8, [2]>([1, 2]), scale = fp32(0.5));";
  const std::string nan = "y = constexpr_scaled(data = tensor<int8, [2]>([1, 2]), scale = fp32(nan));";
  EXPECT_EQ(error_in(good, "y", 16), "");
  EXPECT_THAT(error_in(nan, "y", 16), HasSubstr("main: op y (constexpr_scaled): scale is not finite"));
  VerifyOptions fast;
  fast.constants = false;
  evaluations = 0;
  EXPECT_EQ(error_in(nan, "y", 16, "", fast), "");
  EXPECT_EQ(evaluations, 0);
  const std::string named =
      "s = const()[val = fp32(1)]; y = constexpr_scaled(data = tensor<int8, [2]>([1, 2]), scale = s);";
  EXPECT_EQ(error_in(named, "y", 18), "");
  EXPECT_THAT(error_in(named, "y", 16), HasSubstr("argument scale must be a literal before CoreML8"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> y = constexpr_scaled(data = tensor<int8, [2]>([1, 2]), scale = z);", "y", 18,
                       ", tensor<fp32, []> z"),
              HasSubstr("argument scale must be a constant"));
}

const char* const kState = ", state<tensor<fp16, [2]>> s";
const std::string kData = "d = const()[val = tensor<fp16, [2]>([1, 2])];";

TEST(Verify, StateVersions) {
  EXPECT_EQ(
      error_in(kData + "a = read_state(input = s); s1 = write_state(data = d, input = s); b = read_state(input = s1);",
               "b", 18, kState),
      "");
  EXPECT_EQ(error_in(kData + "s1 = write_state(data = d, input = s); b = read_state(input = s);", "b", 18, kState),
            "function main: op b (read_state): version s of a state is used after the state was written again");
  EXPECT_THAT(error_in(kData + "s1 = write_state(data = d, input = s); s2 = write_state(data = d, input = s);", "x", 18,
                       kState),
              HasSubstr("op s2 (write_state): version s of a state is used after"));
  EXPECT_THAT(error_in("", "s", 18, kState), HasSubstr("output s is a state"));
}

TEST(Verify, StatesInBranches) {
  const std::string head = kData + "p = less(x = x); state<tensor<fp16, [2]>> t = cond(pred = p) ";
  const std::string write = "() { s1 = write_state(data = d, input = s); } -> (s1) ";
  EXPECT_EQ(error_in(head + write + write + "; b = read_state(input = t);", "b", 18, kState), "");
  EXPECT_EQ(
      error_in(head + write + "() { a = read_state(input = s); } -> (s); b = read_state(input = t);", "b", 18, kState),
      "");
  EXPECT_THAT(error_in(head + write + write + "; b = read_state(input = s);", "b", 18, kState), HasSubstr("version s"));
  // A write that no result carries out of the branch leaves no usable version.
  EXPECT_THAT(
      error_in(kData + "p = less(x = x); tensor<fp32, [2]> t = cond(pred = p) "
                       "() { s1 = write_state(data = d, input = s); } -> (x) () { } -> (x); b = read_state(input = s);",
               "b", 18, kState),
      HasSubstr("op b (read_state): version s"));
}

TEST(Verify, StatesInLoops) {
  const std::string loop = kData +
                           "tensor<fp32, [2]> r, state<tensor<fp16, [2]>> t = while_loop(loop_vars = (x, s)) "
                           "(tensor<fp32, [2]> v, state<tensor<fp16, [2]>> u) { c = less(x = v); } -> (c) "
                           "(tensor<fp32, [2]> v, state<tensor<fp16, [2]>> u) { ";
  EXPECT_EQ(error_in(loop + "u1 = write_state(data = d, input = u); } -> (v, u1); b = read_state(input = t);", "b", 18,
                     kState),
            "");
  EXPECT_THAT(error_in(loop + "u1 = write_state(data = d, input = u); } -> (v, u);", "x", 18, kState),
              HasSubstr("version u"));
  EXPECT_THAT(error_in(loop + "u1 = write_state(data = d, input = s); } -> (v, u1);", "x", 18, kState),
              HasSubstr("version s"));
}

TEST(Verify, Branches) {
  const std::string head = "p = less(x = x); tensor<fp32, [2]> r = cond(pred = p) ";
  EXPECT_EQ(error_in(head + "() { y = relu(x = x); } -> (y) () { y = relu(x = x); } -> (y);", "r"), "");
  EXPECT_THAT(error_in(head + "() { } -> (x);", "r"), HasSubstr("has 1 nested blocks, expected 2"));
  EXPECT_THAT(error_in(head + "() { } -> (x) () { } -> ();", "r"), HasSubstr("a branch gives 0 values for 1 outputs"));
  EXPECT_THAT(error_in(head + "() { } -> (x) () { } -> (p);", "r"), HasSubstr("output r is tensor<fp32, [2]>"));
  EXPECT_THAT(error_in(head + "(fp32 q) { } -> (x) () { } -> (x);", "r"), HasSubstr("a branch has inputs"));
  EXPECT_THAT(error_in(head + "() { y%9 = relu(x = x); } -> (y%9) () { z = relu(x = y%9); } -> (z);", "r"),
              HasSubstr("op z (relu): x uses y, which belongs to another block"));
}

TEST(Verify, Loops) {
  const std::string head = "tensor<fp32, [2]> r = while_loop(loop_vars = x) ";
  const std::string condition = "(tensor<fp32, [2]> v) { c = less(x = v); } -> (c) ";
  EXPECT_EQ(error_in(head + condition + "(tensor<fp32, [2]> v) { w = relu(x = v); } -> (w);", "r"), "");
  EXPECT_THAT(error_in(head + condition + "() { } -> (x);", "r"),
              HasSubstr("a block has 0 inputs for 1 loop variables"));
  EXPECT_THAT(error_in(head + condition + "(tensor<fp16, [2]> v) { } -> (v);", "r"),
              HasSubstr("block input v is tensor<fp16, [2]>"));
  EXPECT_THAT(error_in(head + condition + "(tensor<fp32, [2]> v) { } -> ();", "r"),
              HasSubstr("1 loop variables, but the body gives 0"));
  EXPECT_THAT(error_in(head + "(tensor<fp32, [2]> v) { } -> (v) (tensor<fp32, [2]> v) { } -> (v);", "r"),
              HasSubstr("must give one bool"));
  EXPECT_THAT(error_in("tensor<fp32, [2]> r = while_loop(x = x) () { } -> () () { } -> ();", "r"),
              HasSubstr("loop_vars is missing"));
}

Program relu_program(const std::function<void(Function&, Op&)>& change) {
  const Program sound =
      parse("program(1.0) { func main<ios16>(tensor<fp32, [2]> x) { y = relu(x = x); } -> (y); }", table());
  Function function = sound.main();
  auto op = std::make_shared<Op>(*function.body.ops[0]);
  change(function, *op);
  function.body.ops[0] = op;
  Program program = sound;
  program.functions["main"] = std::make_shared<const Function>(function);
  return program;
}

TEST(Verify, MalformedStructures) {
  using F = Function;
  EXPECT_EQ(error_of(relu_program([](F&, Op&) {})), "");
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) { op.outputs.clear(); })), HasSubstr("has no outputs"));
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) { op.outputs[0].name = "2y"; })),
              HasSubstr("the name \"2y\" is not an identifier"));
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) { op.outputs[0].name = ""; })), HasSubstr("is not an identifier"));
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) { op.outputs[0].id = 1; })), HasSubstr("which another value has"));
  EXPECT_THAT(error_of(relu_program([](F& f, Op&) { f.next_value = 2; })), HasSubstr("out of range"));
  EXPECT_THAT(error_of(relu_program([](F& f, Op&) { f.body.outputs = {77}; })),
              HasSubstr("a value that nothing defines"));
  EXPECT_THAT(error_of(relu_program([](F& f, Op&) { f.body.inputs = f.inputs; })),
              HasSubstr("outermost block has inputs"));
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) {
                op.arguments.push_back({"a", {Operand(1)}});
              })),
              HasSubstr("not sorted"));
  EXPECT_THAT(error_of(relu_program([](F& f, Op&) { f.name = "other"; })), HasSubstr("stored under another name"));
  EXPECT_THAT(error_of(relu_program([](F& f, Op&) { f.inputs[0].type = Type::tuple({}); })),
              HasSubstr("not a tensor or a state"));
  EXPECT_THAT(error_of(relu_program([](F&, Op& op) {
                const Type list = Type::list(Type::scalar(DType::kInt32), 2);
                op.arguments[0].operands = {Operand(Constant::aggregate(list, {Constant::of(1)}))};
              })),
              HasSubstr("1 members in list"));
}

TEST(Verify, ThousandsOfOpsInMilliseconds) {
  std::string text;
  std::string last = "x";
  for (int i = 0; i < 20000; ++i) {
    const std::string name = "v" + std::to_string(i);
    text += "tensor<fp32, [2]> " + name + " = relu(x = " + last + ");\n";
    last = name;
  }
  const Program program =
      parse("program(1.0) { func main<ios16>(tensor<fp32, [2]> x) {" + text + "} -> (" + last + "); }", table());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of(program), "");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  RecordProperty("milliseconds", static_cast<int>(seconds.count() * 1000));
  EXPECT_LT(seconds.count(), 5.0);  // a quadratic walk would take minutes
}

}  // namespace
}  // namespace anemone
