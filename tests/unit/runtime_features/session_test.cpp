// SPDX-License-Identifier: Apache-2.0
// Classifiers, pipelines, functions and optional inputs as callers meet them. That their numbers are right is checked
// by the conformance runner on the same packages.
#include "runtime/session.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "formats/model_proto.h"
#include "formats/package_reader.h"
#include "import/package.h"
#include "ir/text.h"
#include "ops/ops.h"
#include "runtime/image_input.h"
#include "runtime/interface.h"
#include "temporary_folder.h"

namespace anemone {
namespace {

using testing::HasSubstr;

const std::filesystem::path kMade = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/made";

std::filesystem::path package(const std::string& name) { return kMade / name / "model.mlpackage"; }

template <typename Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::map<std::string, RuntimeValue> run(const std::string& name, const TensorMap& inputs,
                                        const std::string& function = "") {
  Session session = Session::open(package(name), RunOptions());
  TensorMap states;
  return session.run(inputs, states, function);
}

TEST(Classifier, GivesALabelAndProbabilities) {
  const TensorMap inputs = {{"image", read_input_file(kMade / "classifier-strings-iOS16-fp32/in0_image.png")}};
  const auto results = run("classifier-strings-iOS16-fp32", inputs);
  const RuntimeValue& label = results.at("classLabel");
  const RuntimeValue& table = results.at("classLabel_probs");
  EXPECT_EQ(label.kind, RuntimeValue::Kind::kLabel);
  EXPECT_TRUE(label.string_labels);
  ASSERT_EQ(table.kind, RuntimeValue::Kind::kDictionary);
  ASSERT_EQ(table.dictionary.size(), 5U);
  EXPECT_EQ(table.dictionary[0].first, "ant");  // in the order of the model's classes
  EXPECT_EQ(table.dictionary[4].first, "elk");
  double sum = 0;
  std::string largest = table.dictionary[0].first;
  double most = 0;
  for (const auto& [name, probability] : table.dictionary) {
    sum += probability;
    if (probability > most) {
      most = probability;
      largest = name;
    }
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_EQ(label.label, largest);
}

TEST(Classifier, IntegerLabelsStayIntegers) {
  const TensorMap inputs = {{"image", read_input_file(kMade / "classifier-integers-iOS16-fp32/in0_image.png")}};
  EXPECT_FALSE(run("classifier-integers-iOS16-fp32", inputs).at("classLabel").string_labels);
}

TEST(Classifier, TakesTheFirstOfEqualProbabilities) {
  auto program = std::make_shared<Program>(parse(
      R"(program(1.0) { func main<ios16>(tensor<fp32, [3]> x) {
           label, table = classify(probabilities = x, classes = list<string, 3>(["a", "b", "c"]));
         } -> (label, table); })",
      op_table()));
  Executable executable(program, RunOptions());
  TensorMap states;
  const auto label = [&](std::vector<float> x) {
    return executable.run("main", {{"x", Tensor::of<float>(DType::kFloat32, {3}, std::span<const float>(x))}}, states)
        .at("label")
        .label;
  };
  EXPECT_EQ(label({0.2F, 0.4F, 0.4F}), "b");
  EXPECT_EQ(label({0, 0, 0}), "a");
  EXPECT_EQ(label({-1, -3, -0.5F}), "c");
}

TEST(ImageInputs, AWrongSizeIsRefused) {
  const Tensor small = Tensor::of<uint8_t>(DType::kUInt8, {2, 2, 3}, std::vector<uint8_t>(12));
  EXPECT_THAT(error_of([&] {
                run("image-rgb-iOS16-fp32", {{"image", small}});
              }),
              HasSubstr("input image: the image is 2x2, expected 24x20"));
}

TEST(ImageInputs, TheTensorItselfIsTakenToo) {
  const TensorMap file = {{"image", read_input_file(kMade / "image-rgb-iOS16-fp32/in0_image.png")}};
  Session session = Session::open(package("image-rgb-iOS16-fp32"), RunOptions());
  const Feature& feature = session.program().main().input_features.at(0);
  const TensorMap tensor = {{"image", image_tensor(feature, file.at("image"))}};
  TensorMap states;
  const Tensor a = session.run(file, states).begin()->second.tensor;
  const Tensor b = session.run(tensor, states).begin()->second.tensor;
  EXPECT_EQ(to_doubles(a), to_doubles(b));
}

TEST(Functions, AnUnknownOneIsRefused) {
  const TensorMap inputs = {{"x", read_input_file(kMade / "functions-iOS18-fp16/in0_x.npy")}};
  EXPECT_THAT(error_of([&] { run("functions-iOS18-fp16", inputs, "doubled"); }), HasSubstr("doubled"));
  const Tensor plain = run("functions-iOS18-fp16", inputs).at("y").tensor;
  EXPECT_EQ(to_doubles(plain), to_doubles(run("functions-iOS18-fp16", inputs, "plain").at("y").tensor));
  EXPECT_NE(to_doubles(plain), to_doubles(run("functions-iOS18-fp16", inputs, "tripled").at("y").tensor));
}

TEST(Pipelines, LookLikeOneModel) {
  Session session = Session::open(package("pipeline-iOS16-fp32"), RunOptions());
  ASSERT_EQ(session.program().main().input_features.size(), 1U);
  EXPECT_EQ(session.program().main().input_features[0].name, "x");
  EXPECT_EQ(session.program().main().output_features.at(0).name, "scores");
  TensorMap states;
  EXPECT_THAT(error_of([&] { session.run({}, states); }), HasSubstr("input x is missing"));
  const Tensor x = Tensor::of<float>(DType::kFloat32, {1, 6}, std::vector<float>(6, 1));
  EXPECT_THAT(error_of([&] { session.run({{"x", x}, {"hidden", x}}, states); }), HasSubstr("no input hidden"));
  EXPECT_THAT(error_of([&] { session.run({{"x", x}}, states, "main"); }), HasSubstr("pipeline"));
  const auto results = session.run({{"x", x}}, states);
  EXPECT_EQ(results.size(), 1U);  // what passes between the stages is not handed out
  EXPECT_EQ(results.count("scores"), 1U);
}

// The pipeline's model message, changed, as a bare file beside its weights.
std::string error_of_changed(const std::function<void(proto::Model&)>& change) {
  const test::TemporaryFolder folder;
  PackageReader reader = PackageReader::open(package("pipeline-iOS16-fp32"));
  const auto model = reader.take_model();
  change(*model);
  std::ofstream(folder / "model.mlmodel", std::ios::binary) << model->SerializeAsString();
  const auto weights = package("pipeline-iOS16-fp32") / "Data/com.apple.CoreML/weights";
  const std::string error = error_of([&] { Session::open(folder / "model.mlmodel", RunOptions(), weights); });
  return error;
}

TEST(Pipelines, ThatDoNotConnectAreRefused) {
  EXPECT_EQ(error_of_changed([](proto::Model&) {}), "");
  EXPECT_THAT(
      error_of_changed([](proto::Model& model) { model.mutable_pipeline()->mutable_models()->SwapElements(0, 1); }),
      HasSubstr("nothing before it gives its input hidden"));
  EXPECT_THAT(error_of_changed(
                  [](proto::Model& model) { model.mutable_description()->mutable_output(0)->set_name("nowhere"); }),
              HasSubstr("no stage gives the output nowhere"));
  EXPECT_THAT(error_of_changed([](proto::Model& model) { model.mutable_pipeline()->clear_models(); }),
              HasSubstr("has no stages"));
  EXPECT_THAT(
      error_of_changed([](proto::Model& model) { model.mutable_pipeline()->mutable_models(1)->set_neuralnetwork(""); }),
      HasSubstr("not an ML Program"));
}

TEST(IntegerInputs, TakeOnlyWhatTheyCanHold) {
  const Program program = parse(
      R"(program(1.0) { func main<ios16>(tensor<int32, [2]> ids) { } -> (ids) interface {
           input ids = array[dtype = int32, shape = [2]]; output ids = array[dtype = int32, shape = [2]]; }; })",
      op_table());
  const auto error = [&](const Tensor& value) {
    return error_of([&] { adapt_inputs(program.main(), {{"ids", value}}, Numerics::kFloat32); });
  };
  const auto floats = [](float a, float b) {
    return Tensor::of<float>(DType::kFloat32, {2}, std::vector<float>{a, b});
  };
  EXPECT_EQ(error(floats(3, -4)), "");
  EXPECT_EQ(error(floats(3, 1.5F)), "input ids: element 1 is 1.5, expected int32 values");
  EXPECT_EQ(error(floats(NAN, 0)), "input ids: element 0 is nan, expected int32 values");
  EXPECT_EQ(error(floats(0, -INFINITY)), "input ids: element 1 is -inf, expected int32 values");
  EXPECT_EQ(error(floats(-2147483648.0F, 0)), "");
  EXPECT_EQ(error(floats(2147483648.0F, 0)), "input ids: element 0 is 2147483648, expected int32 values");
  EXPECT_EQ(error(Tensor::of<int64_t>(DType::kInt64, {2}, std::vector<int64_t>{1, -5})), "");
  EXPECT_NE(error(Tensor::of<int64_t>(DType::kInt64, {2}, std::vector<int64_t>{1, int64_t{1} << 31})), "");
}

// CoreML5 has no half inputs; coremltools then leaves x in float32 beside half parameters. Nothing else is mixed.
TEST(BatchNorm, MixedElementTypes) {
  const auto error = [](const std::string& opset, const std::string& x, const std::string& parameters,
                        const std::string& variance, const std::string& epsilon) {
    return error_of([&] {
      parse("program(1.0) { func main<" + opset + ">(tensor<" + x +
                ", [1, 2, 3]> x) { y = batch_norm(x = x, mean = tensor<" + parameters +
                ", [2]>([0, 1]), variance = tensor<" + variance + ", [2]>([1, 2]), epsilon = " + epsilon +
                "(0.01)); } -> (y) interface { }; }",
            op_table());
    });
  };
  EXPECT_EQ(error("ios15", "fp32", "fp32", "fp32", "fp32"), "");
  EXPECT_EQ(error("ios15", "fp32", "fp16", "fp16", "fp32"), "");
  EXPECT_EQ(error("ios15", "fp16", "fp16", "fp16", "fp32"), "");
  EXPECT_EQ(error("ios17", "fp16", "fp32", "fp32", "fp32"), "");
  EXPECT_NE(error("ios15", "fp16", "fp32", "fp32", "fp32"), "");
  EXPECT_NE(error("ios16", "fp32", "fp32", "fp16", "fp32"), "");
  EXPECT_NE(error("ios17", "fp32", "fp32", "fp16", "fp32"), "");
  EXPECT_NE(error("ios17", "fp16", "fp32", "fp32", "fp16"), "");
  EXPECT_NE(error("ios15", "int32", "fp32", "fp32", "fp32"), "");
}

}  // namespace
}  // namespace anemone
