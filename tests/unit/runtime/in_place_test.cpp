// SPDX-License-Identifier: Apache-2.0
// Elementwise ops may write over an input that nobody needs any more. The result is the same as when it is kept.
#include <gtest/gtest.h>

#include "golden.h"
#include "ir/builder.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

// The sample's op as a program; tensors that need not be constants are inputs. With `keep` every input is used again
// after the op, so that no buffer is free for its result.
struct Case {
  Program program;
  TensorMap inputs;
  std::vector<std::string> results;
};

bool can_be_input(const Signature& signature, const Arg& argument) {
  const Parameter* parameter = signature.find(argument.name);
  if (!parameter || parameter->is_const || argument.operands.size() != 1 || argument.operands[0].is_value())
    return false;
  const Type& type = argument.operands[0].literal().type();
  return type.is_tensor() && type.dtype != DType::kString;
}

// Callers cannot hand over or be given bools, nor halves before CoreML6.
ValueId input_of(Builder& to, const std::string& name, const Type& type) {
  if (type.dtype != DType::kBool) return to.input(name, type);
  return to.add("cast", {{"x", to.input(name, Type::tensor(DType::kInt32, type.shape))}, {"dtype", "bool"}});
}

ValueId public_form(Builder& to, ValueId value) {
  const DType dtype = to.type(value).dtype;
  if (dtype == DType::kBool) return to.add("cast", {{"x", value}, {"dtype", "int32"}});
  if (dtype == DType::kFloat16) return to.add("cast", {{"x", value}, {"dtype", "fp32"}});
  return value;
}

Case make_case(const OpDefinition& op, const Sample& sample, bool keep) {
  const int opset = sample.opset != 0 ? sample.opset : op.signatures.front().opset;
  Case result;
  Builder to(op_table(), "main", opset);
  std::vector<Arg> arguments;
  std::vector<ValueId> inputs;
  for (const Arg& argument : sample.arguments) {
    if (!can_be_input(*op.signature(opset), argument)) {
      arguments.push_back(argument);
      continue;
    }
    const Constant& value = argument.operands[0].literal();
    inputs.push_back(input_of(to, argument.name, value.type()));
    result.inputs[argument.name] = value.tensor();
    arguments.emplace_back(argument.name, inputs.back());
  }
  std::vector<ValueId> outputs = to.add_many(op.name, arguments);
  for (ValueId& output : outputs) output = public_form(to, output);
  const size_t results = outputs.size();
  if (keep)
    for (const ValueId input : inputs)
      outputs.push_back(public_form(
          to, to.add("tile", {{"x", input}, {"reps", std::vector<int32_t>(to.type(input).shape.size(), 1)}})));
  Function function = to.finish(outputs);
  for (size_t i = 0; i < results; ++i) result.results.push_back(function.output_features.at(i).name);
  result.program.functions["main"] = std::make_shared<const Function>(std::move(function));
  return result;
}

TensorMap run(const Case& what, bool kernels, Numerics numerics) {
  RunOptions options;
  options.kernels = kernels;
  options.numerics = numerics;
  const TensorMap outputs = test::run_calls(what.program, {what.inputs}, options).outputs.at(0);
  TensorMap results;
  for (const std::string& name : what.results) results[name] = outputs.at(name);
  return results;
}

class InPlace : public testing::TestWithParam<std::string> {};

TEST_P(InPlace, SameResultWhetherInputsLiveOrDie) {
  const OpDefinition& op = *op_table().find(GetParam());
  for (const Sample& sample : op.samples) {
    const Case dying = make_case(op, sample, false);
    const Case living = make_case(op, sample, true);
    for (const bool kernels : {true, false})
      for (const Numerics numerics : {Numerics::kFloat32, Numerics::kIeeeHalf})
        EXPECT_EQ(test::bit_difference(run(dying, kernels, numerics), run(living, kernels, numerics)), "")
            << sample.origin << ", kernels " << kernels;
  }
}

std::vector<std::string> elementwise_ops() {
  std::vector<std::string> names;
  for (const std::string& name : op_table().names())
    if (op_table().find(name)->elementwise) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Ops, InPlace, testing::ValuesIn(elementwise_ops()),
                         [](const auto& instance) { return instance.param; });

Tensor filled(const ConcreteShape& shape, float start) {
  Tensor tensor(DType::kFloat32, shape);
  for (float& value : tensor.as<float>()) value = start++;
  return tensor;
}

// Both orders of operands, one of them larger, one of them twice, and a view of one of them.
TEST(InPlaceOperands, BroadcastsRepeatsAndViews) {
  Builder to(op_table(), "main", 7);
  const ValueId x = to.input("x", Type::tensor(DType::kFloat32, ConcreteShape{2, 3}));
  const ValueId y = to.input("y", Type::tensor(DType::kFloat32, ConcreteShape{3}));
  const ValueId z = to.input("z", Type::tensor(DType::kFloat32, ConcreteShape{3, 2}));
  const ValueId a = to.add("sub", {{"x", y}, {"y", x}});  // the result fits only the second operand
  const ValueId b = to.add("mul", {{"x", a}, {"y", a}});
  const ValueId view = to.add("reshape", {{"x", z}, {"shape", {2, 3}}});
  const ValueId c = to.add("sub", {{"x", view}, {"y", b}});
  const ValueId flat = to.add("reshape", {{"x", c}, {"shape", {3, 2}}});
  const ValueId d = to.add("add", {{"x", flat}, {"y", z}});  // z and a view of it are alive until here
  Program program;
  program.functions["main"] = std::make_shared<const Function>(to.finish({d}));
  const TensorMap inputs{{"x", filled({2, 3}, 1)}, {"y", filled({3}, 10)}, {"z", filled({3, 2}, 100)}};
  for (const bool kernels : {true, false}) {
    RunOptions options;
    options.kernels = kernels;
    const auto outputs = test::run_calls(program, {inputs}, options).outputs.at(0);
    // a = [9 9 9; 6 6 6], b = [81 81 81; 36 36 36], c = z - b, d = 2 z - b
    EXPECT_EQ(to_doubles(outputs.begin()->second), (std::vector<double>{119, 121, 123, 170, 172, 174}));
  }
}

}  // namespace
}  // namespace anemone
