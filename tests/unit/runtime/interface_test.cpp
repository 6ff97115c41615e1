// SPDX-License-Identifier: Apache-2.0
#include "runtime/interface.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "ir/text.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// Inputs of every kind; nothing is computed.
Program program() {
  return parse(R"(program(1.0) { func main<ios17>(tensor<fp16, [2, 2]> fixed, tensor<fp32, [1, n]> range,
      tensor<fp32, [a, b]> listed, tensor<int32, []> scalar, tensor<fp32, [2]> option) {
    } -> (fixed) interface {
      input fixed = array[dtype = fp16, shape = [2, 2]];
      input range = array[dtype = fp32, shape = [1, 3], ranges = [[1, 1], [2, 4]]];
      input listed = array[dtype = fp32, shape = [1, 2], enumerated = [[1, 2], [3, 4]]];
      input scalar = array[dtype = int32, shape = [1]];
      input option = array[dtype = fp32, shape = [2], optional = true, default = 0.5];
    }; })",
               op_table());
}

TensorMap good() {
  const auto zeros = [](const ConcreteShape& shape) {
    return Tensor::of<float>(DType::kFloat32, shape, std::vector<float>(static_cast<size_t>(product(shape))));
  };
  return {{"fixed", zeros({2, 2})},
          {"range", zeros({1, 3})},
          {"listed", zeros({3, 4})},
          {"scalar", Tensor::vector({7})},
          {"option", zeros({2})}};
}

std::string error_with(const std::string& name, const ConcreteShape& shape) {
  TensorMap inputs = good();
  inputs[name] = Tensor::of<float>(DType::kFloat32, shape, std::vector<float>(static_cast<size_t>(product(shape))));
  const Program of = program();
  try {
    adapt_inputs(of.main(), inputs, Numerics::kFloat32);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Interface, AcceptsWhatTheDescriptionAllows) {
  EXPECT_EQ(error_with("fixed", {2, 2}), "");
  for (const int64_t length : {2, 3, 4}) EXPECT_EQ(error_with("range", {1, length}), "");
  EXPECT_EQ(error_with("listed", {1, 2}), "");
  EXPECT_EQ(error_with("listed", {3, 4}), "");
}

TEST(Interface, WrongShapes) {
  EXPECT_EQ(error_with("fixed", {2, 3}), "input fixed has shape [2, 3], expected tensor<fp16, [2, 2]>");
  EXPECT_EQ(error_with("fixed", {4}), "input fixed has shape [4], expected tensor<fp16, [2, 2]>");
  EXPECT_EQ(error_with("range", {1, 5}), "input range has shape [1, 5], expected [1, 2..4]");
  EXPECT_EQ(error_with("range", {1, 1}), "input range has shape [1, 1], expected [1, 2..4]");
  EXPECT_EQ(error_with("range", {3}), "input range has shape [3], expected [1, 2..4]");
  EXPECT_EQ(error_with("listed", {1, 4}), "input listed has shape [1, 4], expected [1, 2] or [3, 4]");
  EXPECT_THAT(error_with("scalar", {2}), testing::HasSubstr("input scalar has shape [2]"));
}

TEST(Interface, MissingAndUnknownInputs) {
  const Program of = program();
  const auto error = [&](const TensorMap& inputs) -> std::string {
    try {
      adapt_inputs(of.main(), inputs, Numerics::kFloat32);
    } catch (const Error& thrown) {
      return thrown.what();
    }
    return "";
  };
  TensorMap inputs = good();
  inputs.erase("range");
  EXPECT_EQ(error(inputs), "input range is missing: expected tensor<fp32, [1, 2..4]>");
  inputs = good();
  inputs["ranges"] = inputs["range"];
  EXPECT_EQ(error(inputs), "there is no input ranges (inputs: fixed, range, listed, scalar, option)");
}

TEST(Interface, OptionalInputsHaveADefault) {
  TensorMap inputs = good();
  inputs.erase("option");
  const Program of = program();
  const TensorMap adapted = adapt_inputs(of.main(), inputs, Numerics::kFloat32);
  EXPECT_EQ(to_doubles(adapted.at("option")), (std::vector<double>{0.5, 0.5}));
}

TEST(Interface, ElementTypesAreConverted) {
  const Program of = program();
  TensorMap inputs = good();
  inputs["fixed"] = Tensor::of<float>(DType::kFloat32, {2, 2}, std::vector<float>{0.1F, 1e6F, -2, 0});
  inputs["scalar"] = Tensor::of<float>(DType::kFloat32, {1}, std::vector<float>{-2});
  inputs["range"] = Tensor::of<int32_t>(DType::kInt32, {1, 2}, std::vector<int32_t>{3, -4});
  TensorMap adapted = adapt_inputs(of.main(), inputs, Numerics::kFloat32);
  EXPECT_EQ(adapted.at("fixed").as<float>()[0], 0.1F);  // not rounded
  EXPECT_EQ(adapted.at("scalar").dtype(), DType::kInt32);
  EXPECT_EQ(adapted.at("scalar").shape(), ConcreteShape{});
  EXPECT_EQ(adapted.at("scalar").as<int32_t>()[0], -2);
  EXPECT_EQ(to_doubles(adapted.at("range")), (std::vector<double>{3, -4}));
  adapted = adapt_inputs(of.main(), inputs, Numerics::kIeeeHalf);
  EXPECT_EQ(adapted.at("fixed").as<float>()[0], 0.0999755859375F);  // 0x2e66, the half nearest to 0.1
  EXPECT_TRUE(std::isinf(adapted.at("fixed").as<float>()[1]));
  inputs["scalar"] = Tensor::of<float>(DType::kFloat32, {1}, std::vector<float>{-2.75F});
  EXPECT_THROW(adapt_inputs(of.main(), inputs, Numerics::kFloat32), Error);  // never rounded silently
}

TEST(Interface, ResultsAreHandedOutAsDeclared) {
  const Tensor value = Tensor::of<float>(DType::kFloat32, {1}, std::vector<float>{0.1F});
  const Type half = Type::tensor(DType::kFloat16, ConcreteShape{1});
  EXPECT_EQ(handed_out(value, half, Numerics::kFloat32).dtype(), DType::kFloat32);
  EXPECT_EQ(handed_out(value, half, Numerics::kIeeeHalf).dtype(), DType::kFloat16);
  const Tensor whole = Tensor::vector({3});
  EXPECT_EQ(handed_out(whole, Type::tensor(DType::kInt32, ConcreteShape{1}), Numerics::kFloat32).dtype(),
            DType::kInt32);
}

}  // namespace
}  // namespace anemone
