// SPDX-License-Identifier: Apache-2.0
#include "formats/model_proto.h"

#include <gmock/gmock.h>

#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string parse_error(std::string_view text) {
  return error_of([&] { parse_model(bytes_of(text)); });
}

class ModelProtoTest : public test::ScratchFolder {
 protected:
  std::string serialise(const proto::Model& model) {
    OutputFile file(folder_ / "m");
    write_model(model, file);
    file.close();
    return test::read_bytes(folder_ / "m");
  }
};

TEST_F(ModelProtoTest, SameMessageSameBytes) {
  const auto make = [](bool backwards) {
    proto::Model model;
    model.set_specificationversion(7);
    auto& entries = *model.mutable_description()->mutable_metadata()->mutable_userdefined();
    for (int i = 0; i < 50; ++i) entries[std::to_string(backwards ? 49 - i : i)] = "v";
    return model;
  };
  const std::string bytes = serialise(make(false));
  EXPECT_EQ(bytes, serialise(make(true)));
  EXPECT_EQ(serialise(*parse_model(bytes_of(bytes))), bytes);
}

TEST_F(ModelProtoTest, UnknownFieldsSurvive) {
  // Field 1 = 7, the program in field 502, field 4000 = "new".
  const std::string bytes = std::string("\x08\x07\xb2\x1f\x02\x08\x01", 7) + "\x82\xfa\x01\x03new";
  const auto model = parse_model(bytes_of(bytes));
  EXPECT_EQ(model->specificationversion(), 7);
  EXPECT_EQ(model->mlprogram().version(), 1);
  EXPECT_EQ(serialise(*model), bytes);
}

TEST_F(ModelProtoTest, OtherKindsOfModelAreRecognisedAndKept) {
  const std::string bytes = "\xa2\x1f\x03\xff\xfe\xfd";  // field 500 with three bytes that are no message
  const auto model = parse_model(bytes_of(bytes));
  EXPECT_EQ(model_kind(*model), "neuralNetwork");
  EXPECT_EQ(serialise(*model), bytes);
  EXPECT_EQ(model_kind(proto::Model()), "");
  proto::Model program;
  program.mutable_mlprogram();
  EXPECT_EQ(model_kind(program), "mlProgram");
  proto::Model pipeline;
  *pipeline.mutable_pipeline()->add_models() = program;
  EXPECT_EQ(model_kind(pipeline), "pipeline");
}

TEST_F(ModelProtoTest, RefusesMalformedBytes) {
  EXPECT_THAT(parse_error(""), HasSubstr("is empty"));
  EXPECT_THAT(parse_error("\x08"), HasSubstr("is not a Core ML model"));
  EXPECT_THAT(parse_error("\x12\x7f"), HasSubstr("is not a Core ML model"));
  EXPECT_THAT(parse_error("hello"), HasSubstr("is not a Core ML model"));
  EXPECT_THAT(parse_error(std::string("\x08\x07\x04", 3)), HasSubstr("is not a Core ML model"))
      << "a stray end of group";
  EXPECT_THAT(parse_error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("LFS pointer"));
}

TEST_F(ModelProtoTest, InvalidTextIsAnErrorAndPrintsNothing) {
  testing::internal::CaptureStderr();
  EXPECT_THAT(parse_error("\x12\x04\x5a\x02\xff\xff"), HasSubstr("is not a Core ML model"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(ModelProtoTest, NestingIsBounded) {
  proto::mil::ValueType type;
  type.mutable_tensortype();
  const auto nest = [&](int depth) {
    proto::Model model;
    auto* inner = (*model.mutable_mlprogram()->mutable_functions())["main"].add_inputs()->mutable_type();
    for (int i = 0; i < depth; ++i) inner = inner->mutable_listtype()->mutable_type();
    return serialise(model);
  };
  EXPECT_EQ(parse_error(nest(90)), "");
  EXPECT_THAT(parse_error(nest(300)), HasSubstr("nested deeper than 200"));
}

TEST_F(ModelProtoTest, AFullDiskIsReported) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  proto::Model model;
  model.mutable_description()->mutable_metadata()->set_license(std::string(3 << 20, 'x'));
  OutputFile file("/dev/full");
  EXPECT_THAT(error_of([&] { write_model(model, file); }), HasSubstr("No space left"));
}

}  // namespace
}  // namespace anemone
