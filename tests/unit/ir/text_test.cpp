// SPDX-License-Identifier: Apache-2.0
#include "ir/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "ir/builder.h"
#include "ir/lexer.h"
#include "ir/literal.h"
#include "temporary_folder.h"

namespace anemone {
namespace {

using testing::HasSubstr;
using testing::Not;

OpTable table() {
  OpTable ops;
  OpDefinition relu;
  relu.name = "relu";
  relu.signatures = {signature(5, "x: T=fp16|fp32")};
  relu.infer = [](const Arguments& a) { return std::vector<Type>{a.type("x")}; };
  ops.add(relu);
  OpDefinition reshape;
  reshape.name = "reshape";
  reshape.signatures = {signature(5, "x: T=fp16|fp32, shape: int32 const")};
  reshape.infer = [](const Arguments& a) {
    return std::vector<Type>{Type::tensor(a.type("x").dtype, ConcreteShape(a.integers("shape")))};
  };
  ops.add(reshape);
  return ops;
}

std::string wrap(const std::string& statements, const std::string& outputs = "x") {
  return "program(1.0)\n{\n  func main<ios15>(tensor<fp32, [2]> x) {\n" + statements + "\n  } -> (" + outputs +
         ");\n}\n";
}

Program read(const std::string& statements) { return parse(wrap(statements), table()); }

std::string error_of(const std::string& text, const std::string& base = "") {
  try {
    parse(text, table(), base);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// A program of one const op whose value is `value`.
Program holding(const Constant& value) {
  Function function;
  function.name = "main";
  auto op = std::make_shared<Op>();
  op->type = "const";
  op->name = "c";
  op->arguments.push_back({"val", {Operand(value)}});
  op->outputs.push_back({function.next_value++, "c", value.type()});
  function.body.ops.push_back(op);
  Program program;
  program.functions["main"] = std::make_shared<const Function>(std::move(function));
  return program;
}

const Constant& held(const Program& program) { return program.main().body.ops[0]->arguments[0].operands[0].literal(); }

void expect_exact(const Program& program) {
  const std::string text = print(program);
  const Program again = parse(text, table());
  EXPECT_EQ(difference(program, again).value_or(""), "") << text;
  EXPECT_EQ(print(again), text);
}

Constant from_bits(DType dtype, const std::vector<uint64_t>& bits) {
  return Constant(tensor_of_bits(dtype, {static_cast<int64_t>(bits.size())}, bits));
}

TEST(Text, EveryHalfSurvives) {
  std::vector<uint64_t> bits;
  for (uint64_t i = 0; i < 0x7C00; ++i) bits.push_back(i);
  const auto texts = element_texts(tensor_of_bits(DType::kFloat16, {0x7C00}, bits));
  ASSERT_TRUE(texts);
  for (size_t i = 0; i < bits.size(); ++i) {
    ASSERT_EQ(element_bits(DType::kFloat16, (*texts)[i]), bits[i]) << (*texts)[i];
    ASSERT_LE((*texts)[i].size(), 10U);
  }
}

TEST(Text, ShortestDecimals) {
  EXPECT_THAT(print(holding(from_bits(DType::kFloat16, {0x2E66, 0x7BFF, 0x0001, 0xFC00, 0x7E00, 0x8000}))),
              HasSubstr("([0.1, 65500, 6e-08, -inf, nan, -0])"));
  EXPECT_THAT(print(holding(from_bits(DType::kFloat32, {0x3DCCCCCD, 0x00000001, 0x7F7FFFFF}))),
              HasSubstr("([0.1, 1e-45, 3.4028235e+38])"));
}

TEST(Text, PayloadsOfNanAreKept) {
  const Program program = holding(from_bits(DType::kFloat32, {0xFFC00001}));
  EXPECT_THAT(print(program), HasSubstr("HEX(\"0100c0ff\")"));
  expect_exact(program);
}

TEST(Text, EveryElementTypeIsExact) {
  using D = DType;
  for (const D dtype : {D::kFloat16, D::kFloat32, D::kFloat64, D::kBFloat16, D::kInt8,         D::kInt16,     D::kInt32,
                        D::kInt64,   D::kInt4,    D::kUInt8,   D::kUInt16,   D::kUInt32,       D::kUInt64,    D::kUInt4,
                        D::kUInt2,   D::kUInt1,   D::kUInt6,   D::kUInt3,    D::kFloat8E4M3FN, D::kFloat8E5M2}) {
    const int width = bit_width(dtype);
    const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
    std::vector<uint64_t> bits = {0, 1, mask, mask >> 1, (mask >> 1) + 1};
    uint64_t state = 1;
    for (int i = 0; i < 200; ++i)
      bits.push_back((state = state * 6364136223846793005ULL + 1442695040888963407ULL) & mask);
    expect_exact(holding(from_bits(dtype, bits)));
    for (const uint64_t one : bits) expect_exact(holding(from_bits(dtype, {one})));
  }
}

TEST(Text, Strings) {
  expect_exact(
      holding(Constant::texts({"", "a\"b\\c", "\n\t\r\x01\x7f", "gr\xc3\xbc\xc3\x9f", "\xff\xfe", "// no"}, {2, 3})));
  expect_exact(holding(Constant::text(std::string("\0x", 2))));
}

TEST(Text, Aggregates) {
  const Type text = Type::scalar(DType::kString);
  const Type number = Type::scalar(DType::kInt64);
  const Constant one(tensor_of_bits(DType::kInt64, {}, {1}));
  expect_exact(holding(Constant::aggregate(Type::list(text, 2), {Constant::text("a"), Constant::text("b")})));
  expect_exact(holding(Constant::aggregate(Type::list(text, Dim::unknown()), {})));
  expect_exact(holding(Constant::aggregate(Type::dictionary(text, number), {Constant::text("k"), one})));
  expect_exact(holding(Constant::aggregate(Type::tuple({text, number}), {Constant::text("k"), one})));
  // Members that the aggregate's type does not describe carry their own.
  expect_exact(holding(Constant::aggregate(Type::list(number, 2), {one, Constant::of(2)})));
  expect_exact(holding(
      Constant::aggregate(Type::list(Type::list(number, 1), 1), {Constant::aggregate(Type::list(number, 1), {one})})));
}

TEST(Text, LargeConstants) {
  PrintOptions options;
  options.max_elements = 3;
  const Program program = holding(Constant::of(std::vector<int32_t>{1, 2, 3, 4}));
  const std::string text = print(program, options);
  EXPECT_THAT(text, HasSubstr("HEX(\"01000000020000000300000004000000\")"));
  EXPECT_FALSE(difference(program, parse(text, table())));
  options.elide = true;
  EXPECT_THAT(print(program, options), HasSubstr("tensor<int32, [4]>(...)"));
  EXPECT_THAT(error_of(print(program, options)), HasSubstr("the value of this constant was left out"));
}

class TextFile : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(folder_ / "weights.bin", std::ios::binary) << "0123456789abcdef"; }

  std::string blob(const std::string& path, const std::string& rest) const {
    return wrap("c = const()[val = tensor<int16, [4]>(BLOBFILE(path = \"" + path + "\", " + rest + "))];");
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(TextFile, MappedConstantsNameTheirRange) {
  const auto file = MappedFile::open(folder_ / "weights.bin");
  const Program program = holding(Constant::mapped(file, 4, DType::kInt16, {2, 3}));
  PrintOptions options;
  options.max_elements = 5;
  options.base = folder_.string();
  const std::string text = print(program, options);
  EXPECT_THAT(text, HasSubstr("tensor<int16, [2, 3]>(BLOBFILE(path = \"weights.bin\", offset = 4, size = 12))"));
  const Program again = parse(text, table(), folder_.string());
  EXPECT_FALSE(difference(program, again));
  EXPECT_TRUE(held(again).file_range());
  expect_exact(program);  // small enough to be printed in full
}

TEST_F(TextFile, RangesAreChecked) {
  const std::string base = folder_.string();
  EXPECT_EQ(error_of(blob("weights.bin", "offset = 8, size = 8"), base), "no error");
  EXPECT_THAT(error_of(blob("weights.bin", "offset = 9, size = 8"), base), HasSubstr("runs past the end"));
  EXPECT_THAT(error_of(blob("weights.bin", "offset = 0, size = 9"), base), HasSubstr("9 bytes at 0 cannot be"));
  EXPECT_THAT(error_of(blob("weights.bin", "offset = -2, size = 8"), base), HasSubstr("8 bytes at -2 cannot be"));
  EXPECT_THAT(error_of(blob("../../../../etc/passwd", "offset = 0, size = 8"), base), HasSubstr("lies outside"));
  EXPECT_THAT(error_of(blob("/proc/self/exe", "offset = 0, size = 8"), base), HasSubstr("lies outside"));
  EXPECT_THAT(error_of(blob("weights.bin", "offset = 0, size = 8")), HasSubstr("files cannot be read here"));
}

TEST(Text, ResultTypesAreInferredWhenLeftOut) {
  const Program program = read("s = const()[val = tensor<int32, [2]>([2, 1])]; y = reshape(shape = s, x = x);");
  EXPECT_EQ(program.main().body.ops[1]->outputs[0].type, Type::tensor(DType::kFloat32, ConcreteShape{2, 1}));
  EXPECT_THAT(error_of(wrap("y = relu(x = int32(1));")), HasSubstr("line 4, column 1: x has element type int32"));
  EXPECT_THAT(error_of(wrap("y = frob(x = x);")), HasSubstr("there is no op frob"));
  EXPECT_THAT(error_of(wrap("y, z = relu(x = x);")), HasSubstr("relu gives 1 results"));
}

TEST(Text, BuiltProgramsAreExact) {
  const OpTable ops = table();
  Builder builder(ops, "main", 6);
  const ValueId x = builder.input("x", Type::tensor(DType::kFloat16, ConcreteShape{1, 4}));
  builder.set_provenance("encoder.layer.0 \"q\"");
  const ValueId y = builder.add("reshape", {{"x", x}, {"shape", {4}}}, "y");
  Function function = builder.finish({builder.add("relu", {{"x", y}})});
  function.input_features[0].description = "tokens\nin two lines";
  function.input_features[0].shape_ranges = {{1, 1}, {2, -1}};
  Program program;
  program.functions["main"] = std::make_shared<const Function>(function);
  program.metadata = {"d", "1", "me", "MIT", {{"k", "v"}, {"", "\x80"}}, std::string("\x00\x01", 2)};
  program.build_info = {{"tool", "9"}};
  program.unrecognized = "\xff";
  expect_exact(program);
  PrintOptions people;
  people.constant_ops = false;
  people.types = false;
  people.provenance = false;
  EXPECT_THAT(print(program, people), HasSubstr("\n    y = reshape(shape = tensor<int32, [1]>([4]), x = x);\n"));
  EXPECT_EQ(print(*function.body.ops[1], function, people), "y = reshape(shape = tensor<int32, [1]>([4]), x = x);\n");
}

TEST(Text, OddNamesAreQuoted) {
  const Program program =
      read("tensor<fp32, [2]> \"fp16\" = relu(x = x); tensor<fp32, [2]> \"a b\" = \"my op\"(\"in put\" = \"fp16\");");
  EXPECT_EQ(program.main().body.ops[1]->type, "my op");
  EXPECT_EQ(program.main().body.ops[1]->arguments[0].name, "in put");
  expect_exact(program);
}

TEST(Text, ScopesOfBlocks) {
  const std::string inner = "tensor<fp32, [2]> t = relu(x = x);";
  expect_exact(read("tensor<fp32, [2]> r = cond() () { " + inner + " } -> (t) () { " + inner + " } -> (t);"));
  EXPECT_THAT(error_of(wrap("tensor<fp32, [2]> r = cond() () { " + inner + " } -> (t) () { } -> (t);")),
              HasSubstr("the value is not defined here at \"t\""));
  EXPECT_THAT(error_of(wrap("tensor<fp32, [2]> r = cond() () { tensor<fp32, [2]> x = relu(x = x); } -> (x);")),
              HasSubstr("the name is defined already"));
}

TEST(Text, NestingIsBounded) {
  std::string types = "c = const()[val = ";
  for (int i = 0; i < 100000; ++i) types += "list<";
  EXPECT_THAT(error_of(wrap(types)), HasSubstr("nested deeper than 16"));
  std::string blocks;
  for (int i = 0; i < 100000; ++i) blocks += "fp32 a" + std::to_string(i) + " = cond() () {";
  EXPECT_THAT(error_of(wrap(blocks)), HasSubstr("blocks nested deeper than 32"));
  EXPECT_THAT(error_of(wrap("c = const()[val = tensor<fp32, [1]>(" + std::string(100000, '['))), HasSubstr("too deep"));
}

TEST(Text, ErrorsSayWhere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1, column 1: expected 'program' at the end of the text"},
      {"program(2.0)", "line 1, column 9: expected program version 1.0 at \"2.0\""},
      {"program(1.0)[frob = 1]", "programs have no such attribute at \"frob\""},
      {"program(1.0)[version = \"1\", version = \"2\"]", "the attribute occurs twice"},
      {"program(1.0)[buildInfo = int32(1)]", "expected a dictionary of strings"},
      {"program(1.0)[buildInfo = dict<string, string>({{\"a\", \"b\"}, {\"a\", \"c\"}})]", "a key occurs twice"},
      {"program(1.0)[unrecognized = HEX(\"0\")]", "expected pairs of hexadecimal digits"},
      {"program(1.0) {} x", "text after the program"},
      {"program(1.0) { func f<ios9>() {} -> (); }", "expected an opset such as ios16"},
      {"program(1.0) { func f<ios15>() {} -> (); func f<ios15>() {} -> (); }", "function f is defined twice"},
      {"program(1.0) { func f<ios15>(tensor<fp99, []> x)", "expected an element type at \"fp99\""},
      {"program(1.0) { func f<ios15>() {} -> (a%3); }", "an interface section must describe it"},
      {"program(1.0) { func f<ios15>(tensor<bool, []> x) {} -> (); }", "cannot be given"},
      {"program(1.0) { func f<ios15>() {} -> () interface { input x = cube; }", "expected a kind of feature"},
      {"program(1.0) { func f<ios15>() {} -> () interface { input x = array[dtype = x]", "expected an element type"},
      {"program(1.0) { func f<ios15>() {} -> () interface { input x = array[ranges = [[1]]]", "a range has two ends"},
      {"program(1.0) { func f<ios15>() {} -> () interface { input x = array[size = 1]", "no such attribute"},
      {"program(1.0) { func f<ios15>() {} -> () interface { frob", "expected 'predicted_probabilities'"},
      {"program(1.0) \"a", "a string does not end"},
      {"program(1.0) \"\\q\"", "a string has an escape"},
      {"program(1.0) $", "character \"$\" does not belong"},
      {wrap("c = const()[val = int8(128)];"), "line 4, column 24: not a value of type int8 at \"128\""},
      {wrap("c = const()[val = uint8(-1)];"), "not a value of type uint8 at \"-\""},
      {wrap("c = const()[val = tensor<int32, [2]>([1])];"), "the elements do not have the shape of tensor<int32, [2]>"},
      {wrap("c = const()[val = tensor<int32, [2]>([1, 2, 3])];"), "more than the 2 elements"},
      {wrap("c = const()[val = tensor<int32, [2, 2]>([[1, 2, 3], [4]])];"), "the elements do not have the shape"},
      {wrap("c = const()[val = tensor<int32, [4, 1]>([[1, 2], [3, 4]])];"), "the elements do not have the shape"},
      {wrap("c = const()[val = tensor<int32, [9, 9999999999999]>([1])];"), "the elements do not have the shape"},
      {wrap("c = const()[val = tensor<int32, [9999999999999, 9999999999999]>([1])];"), "too many elements"},
      {wrap("c = const()[val = tensor<int32, [-1]>([1])];"), "negative dimension"},
      {wrap("c = const()[val = tensor<int32, [?]>([1])];"), "a constant cannot be tensor<int32, [?]>"},
      {wrap("c = const()[val = tensor<int32, [2]>(HEX(\"00\"))];"), "1 bytes cannot be tensor<int32, [2]>"},
      {wrap("c = const()[val = state<fp16>(1)];"), "a state cannot be a constant"},
      {wrap("c = const()[val = string(1)];"), "expected a string at \"1\""},
      {wrap("c = const()[name = \"a\", name = \"b\", val = int32(1)];"), "the attribute occurs twice"},
      {wrap("c = const();"), "a const op needs a value"},
      {wrap("fp32 c = relu(x = x, x = x);"), "the argument occurs twice"},
      {wrap("fp32 c = relu(x = q);"), "the value is not defined here at \"q\""},
      {wrap("fp32 c%1 = relu(x = x); fp32 d%1 = relu(x = x);"), "the value is defined already"},
      {wrap("relu(x = x);"), "expected '=' at \"(\""},
      {wrap("tensor<fp32, [a + 2 * 3]> y = relu(x = x);"), "expected a symbol at \"3\""},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

TEST(Text, CountsAreNotBelieved) {
  EXPECT_THAT(error_of(wrap("c = const()[val = tensor<int8, [1099511627776]>([1])];")),
              HasSubstr("do not have the shape"));
  EXPECT_THAT(error_of(wrap("c = const()[val = tensor<int8, [1099511627776]>(HEX(\"01\"))];")),
              HasSubstr("1 bytes cannot"));
}

TEST(Text, CutAnywhereGivesAnErrorOnly) {
  const std::string text =
      print(read("c = const()[val = tensor<fp16, [2]>([1.5, -inf])]; l = const()[val = list<string, 1>([\"a\"])]; "
                 "tensor<fp32, [2]> r = cond(p = (x, c)) () { } -> (x) () { } -> (x);"));
  for (size_t size = 0; size + 2 < text.size(); ++size)
    EXPECT_THAT(error_of(text.substr(0, size)), Not(HasSubstr("no error"))) << size;
}

}  // namespace
}  // namespace anemone
