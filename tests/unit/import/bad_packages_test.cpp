// SPDX-License-Identifier: Apache-2.0
// Every broken package is refused with one line that names the file, the place and the reason.
#include <gmock/gmock.h>

#include "base/json.h"
#include "golden.h"
#include "import/package.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

fs::path folder() { return fs::path(ANEMONE_SOURCE_DIR) / "tests/data/bad_packages"; }

// As `inspect` reads a model: with all constants.
void read_and_verify(const fs::path& path) {
  const Program program = read_package(path);
  with_context(path.string(), [&] { verify(program, op_table()); });
}

void open_and_run(const fs::path& path) {
  Session session = Session::open(path, RunOptions());
  TensorMap inputs;
  for (const Feature& feature : session.program().main().input_features) {
    const ConcreteShape shape = feature.shape.value_or(ConcreteShape{});
    const std::vector<float> zeros(static_cast<size_t>(product(shape)));
    inputs[feature.name] = Tensor::of<float>(DType::kFloat32, shape, zeros);
  }
  TensorMap states;
  session.run(inputs, states);
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

class BadPackage : public testing::TestWithParam<std::string> {};

TEST_P(BadPackage, IsRefusedInOneLine) {
  static const std::map<std::string, std::string> kReasons = {
      {"truncated_model", "/model.mlmodel: is not a Core ML model: truncated, malformed or nested"},
      {"recursion_depth", "nested deeper than 200 levels"},
      {"missing_manifest", "Manifest.json is missing"},
      {"manifest_not_json", "/Manifest.json: parse error at line 9"},
      {"manifest_path_escapes", "path '../../com.apple.CoreML/model.mlmodel' leads outside the package"},
      {"manifest_wrong_root", "rootModelIdentifier 00000000-0000-0000-0000-000000000000 names no item"},
      {"truncated_weights", "op b_weight_to_fp16 (const): val: "},
      {"missing_weights", "weight.bin is missing or not a regular file"},
      {"blob_offset_beyond_end", "blob at offset 1048576: outside the file, which has 704 bytes"},
      {"blob_offset_misaligned", "blob at offset 72: the offset is not a multiple of 64"},
      {"blob_wrong_sentinel", "op a_weight_to_fp16 (const): val: "},
      {"blob_type_mismatch", "op a_weight_to_fp16 (const): val: the blob at offset 64 holds fp32, expected fp16"},
      {"cyclic_references", "op y_cast_fp16 (gelu): value var_32 is used before anything defines it"},
      {"undefined_value", "op y_cast_fp16 (gelu): value nowhere is used before anything defines it"},
      {"wrong_result_dtype", "op y_cast_fp16 (gelu): output y_cast_fp16 is declared tensor<int32, [3, 16]>"},
      {"result_shape_mismatch", "declared tensor<fp16, [4, 16]>, but the op gives tensor<fp16, [3, 16]>"},
      {"huge_dimensions",
       "op a_weight_to_fp16 (const): val: shape [1099511627776, 1099511627776] has too many elements"},
      {"negative_dimension", "function main: value x: dimension -1 is negative or too large"},
      {"rank_against_dimensions", "function main: value x: rank 5 with 2 dimensions"},
      {"unknown_op", "op y_cast_fp16 (gelu_deluxe): there is no op of this type"},
      {"unknown_opset", "function main: opset CoreML99 is not supported"},
      {"duplicate_names", "op linear_1_cast_fp16 (linear): the name linear_0_cast_fp16 is defined twice"},
      {"missing_main", "there is no function main"},
      {"nan_scale", "op a_weight_to_fp16_quantized (constexpr_affine_dequantize): scale contains nan"},
      {"lut_index_out_of_range", "lut has 8 entries, but indices of type uint4 reach 15"},
      {"block_scale_shape", "axis 1 of scale has size 3, which does not divide 8 of data"},
      {"immediate_too_short", "val: constant of type tensor<int32, [3]> holds 2 values, expected 3"},
      {"output_name_differs", "output other: described, but the function has none of this name"},
      {"input_shape_differs", "input x: described shape [3, 9] does not fit tensor<fp32, [3, 8]>"},
      {"version_below_opset", "specification version 6 is below opset CoreML8, which needs 9"},
  };
  const std::string& name = GetParam();
  const fs::path path = folder() / (name + ".mlpackage");
  const std::string error = error_of([&] { read_and_verify(path); });
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  EXPECT_EQ(error.rfind(path.string(), 0), 0U) << "names no file: " << error;
  ASSERT_EQ(kReasons.count(name), 1U) << error;
  EXPECT_THAT(error, testing::HasSubstr(kReasons.at(name)));
  EXPECT_NE(error_of([&] { open_and_run(path); }), "") << "runs";
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Json& entry : read_json(folder() / "index.json")) result.push_back(entry.at("name"));
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, BadPackage, testing::ValuesIn(names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace anemone
