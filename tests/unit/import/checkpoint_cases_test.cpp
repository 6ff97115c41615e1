// SPDX-License-Identifier: Apache-2.0
// Every checkpoint of tests/data/checkpoints, converted and run, against what the original library computed from it.
#include <gtest/gtest.h>

#include <fstream>

#include "tiny_checkpoint.h"
#include "tune/compare.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name;  // of the folder
  std::string run;
  bool half = false;
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::directory_iterator(test::kDataFolder / "checkpoints")) {
    const std::string name = entry.path().filename().string();
    const Json json = read_json(entry.path() / "case.json");
    for (const Json& run : json["runs"])
      for (const bool half : {false, true})
        if (fs::exists(entry.path() / run["name"].get<std::string>())) cases.push_back({name, run["name"], half});
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return std::tie(a.name, a.run, a.half) < std::tie(b.name, b.run, b.half);
  });
  return cases;
}

// Rows of `tensor` (B, S, ...) where `mask` (B, S) is 1.
Tensor where(const Tensor& tensor, const Tensor& mask) {
  const auto values = to_doubles(tensor);
  const auto keep = to_integers(mask);
  const size_t width = values.size() / keep.size();
  std::vector<float> kept;
  for (size_t i = 0; i < values.size(); ++i)
    if (keep[i / width]) kept.push_back(static_cast<float>(values[i]));
  const auto count = static_cast<int64_t>(kept.size());
  return Tensor::of<float>(DType::kFloat32, {count}, std::span<const float>(kept));
}

class CheckpointCases : public testing::TestWithParam<Case> {};

TEST_P(CheckpointCases, AgreesWithTheOriginalLibrary) {
  const Case& tested = GetParam();
  const fs::path folder = test::kDataFolder / "checkpoints" / tested.name;
  const Json document = read_json(folder / "case.json");
  const auto run = std::find_if(document["runs"].begin(), document["runs"].end(),
                                [&](const Json& candidate) { return candidate["name"] == tested.run; });
  ConvertOptions options = test::options_of(tested.half ? DType::kFloat16 : DType::kFloat32);
  TensorMap inputs;
  for (const Json& input : (*run)["inputs"]) {
    const std::string name = input["name"];
    inputs[name] = test::read_array(folder / std::string(input["file"]));
    options.request.inputs.push_back(name);
    options.request.shapes[name] = inputs[name].shape();
  }
  for (const Json& output : (*run)["outputs"]) options.request.outputs.push_back(output["name"]);
  const Conversion conversion = convert(folder / "ckpt", options);
  const auto got = test::run(conversion, inputs, tested.half ? Numerics::kIeeeHalf : Numerics::kFloat32);
  ASSERT_EQ(got.size(), (*run)["outputs"].size());
  for (const Json& output : (*run)["outputs"]) {
    const std::string name = output["name"];
    const Tensor want = test::read_array(folder / std::string(output["file"]));
    const Tensor& have = got.at(sanitized_name(name));
    ASSERT_EQ(have.shape(), want.shape()) << name;
    const double least = output["tolerance"][tested.half ? "fp16" : "fp32"]["psnr_db_min"];
    const Json masks = run->value("compare_mask", Json::object());
    const auto kept = [&](const Tensor& tensor) {
      return masks.contains(name) ? where(tensor, inputs.at(masks[name])) : tensor;
    };
    EXPECT_GE(compare(kept(have), kept(want)).psnr, tested.half ? least : std::max(least, 100.0)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, CheckpointCases, testing::ValuesIn(cases()), [](const auto& tested) {
  return tested.param.name + "_" + tested.param.run + (tested.param.half ? "_half" : "_single");
});

}  // namespace
}  // namespace anemone
