// SPDX-License-Identifier: Apache-2.0
// Fields that our schema does not declare: refused by name inside a program, where they could change its meaning; kept
// above it.
#include <gmock/gmock.h>

#include "export/program_writer.h"
#include "formats/model_proto.h"
#include "import/program_reader.h"
#include "ir/text.h"
#include "ops/ops.h"

namespace anemone {
namespace {

namespace mil = proto::mil;

// A program with a nested block, a tensor and a string constant, a list and a state.
proto::Model model() {
  const Program program = parse(R"(program(1.0)[buildInfo = dict<string, string>({{"a", "b"}})] {
      func main<ios18>(tensor<fp32, [1, n]> x, bool p, state<tensor<fp16, [2]>> s) {
        many = const()[val = tensor<fp32, [2]>([1, 2])];
        type = const()[val = string("fp16")];
        texts = const()[val = list<string, 1>(["x"])];
        tensor<fp32, [1, n]> y = cond(pred = p)
          () { tensor<fp32, [1, n]> a = relu(x = x); } -> (a)
          () { tensor<fp32, [1, n]> b = tanh(x = x); } -> (b);
        h = read_state(input = s);
      } -> (y) interface {
        input x = array[dtype = fp32, shape = [1, 2], ranges = [[1, 1], [1, -1]]];
        input p = array[dtype = fp32, shape = [1]];
        output y = array[dtype = fp32];
        state s = array[dtype = fp16, shape = [2]];
      }; })",
                                op_table());
  return write_program(program, [](const Constant&) -> uint64_t { return 64; });
}

std::string read_error(const std::string& bytes) {
  try {
    parse_model(std::as_bytes(std::span(bytes)));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string read_error(const proto::Model& changed) { return read_error(changed.SerializeAsString()); }

// Field 9, a number; of no message.
template <typename Message>
void spoil(Message* message) {
  ASSERT_TRUE(message->MergeFromString("\x48\x01"));
}

mil::Function& main_of(proto::Model& changed) { return (*changed.mutable_mlprogram()->mutable_functions())["main"]; }
mil::Block& body_of(proto::Model& changed) { return (*main_of(changed).mutable_block_specializations())["CoreML8"]; }

mil::Operation& op_of(mil::Block& block, const std::string& type) {
  for (auto& operation : *block.mutable_operations())
    if (operation.type() == type) return operation;
  ADD_FAILURE() << "no op " << type;
  return *block.mutable_operations(0);
}

// A field of a length below 128.
std::string field(char tag, const std::string& bytes) {
  return tag + std::string(1, static_cast<char>(bytes.size())) + bytes;
}

TEST(UnknownFields, SoundProgramsAreRead) {
  EXPECT_EQ(read_error(model()), "");
  // Numbers one by one where we pack them: attributes["a"] = a tensor of two integers.
  const std::string integers = field('\x12', "\x08\x05\x08\x06");
  const std::string value = field('\x1a', field('\x0a', integers));
  const std::string program = field('\x22', field('\x0a', "a") + field('\x12', value));
  EXPECT_EQ(read_error("\xb2" + field('\x1f', program)), "");
}

TEST(UnknownFields, AreRefusedInEveryMessageOfTheProgram) {
  using Change = std::function<void(proto::Model&)>;
  const auto value = [](proto::Model& m) -> mil::Value& {
    return (*op_of(body_of(m), "const").mutable_attributes())["val"];
  };
  const auto type = [](proto::Model& m) { return main_of(m).mutable_inputs(0)->mutable_type(); };
  const std::map<std::string, Change> changes = {
      {"Program", [](proto::Model& m) { spoil(m.mutable_mlprogram()); }},
      {"Function", [](proto::Model& m) { spoil(&main_of(m)); }},
      {"Block", [](proto::Model& m) { spoil(&body_of(m)); }},
      {"Operation", [](proto::Model& m) { spoil(&op_of(body_of(m), "cond")); }},
      {"Argument", [](proto::Model& m) { spoil(&op_of(body_of(m), "cond").mutable_inputs()->begin()->second); }},
      {"Binding",
       [](proto::Model& m) {
         spoil(op_of(body_of(m), "cond").mutable_inputs()->begin()->second.mutable_arguments(0));
       }},
      {"NamedValueType", [](proto::Model& m) { spoil(op_of(body_of(m), "cond").mutable_outputs(0)); }},
      {"ValueType", [&](proto::Model& m) { spoil(type(m)); }},
      {"TensorType", [&](proto::Model& m) { spoil(type(m)->mutable_tensortype()); }},
      {"Dimension", [&](proto::Model& m) { spoil(type(m)->mutable_tensortype()->mutable_dimensions(0)); }},
      {"ConstantDimension",
       [&](proto::Model& m) { spoil(type(m)->mutable_tensortype()->mutable_dimensions(0)->mutable_constant()); }},
      {"UnknownDimension",
       [&](proto::Model& m) { spoil(type(m)->mutable_tensortype()->mutable_dimensions(1)->mutable_unknown()); }},
      {"StateType", [](proto::Model& m) { spoil(main_of(m).mutable_inputs(2)->mutable_type()->mutable_statetype()); }},
      {"ListType",
       [](proto::Model& m) {
         spoil((*body_of(m).mutable_operations(2)->mutable_attributes())["val"].mutable_type()->mutable_listtype());
       }},
      {"Value", [&](proto::Model& m) { spoil(&value(m)); }},
      {"ImmediateValue", [&](proto::Model& m) { spoil(value(m).mutable_immediatevalue()); }},
      {"BlobFileValue", [&](proto::Model& m) { spoil(value(m).mutable_blobfilevalue()); }},
      {"TensorValue", [&](proto::Model& m) { spoil(value(m).mutable_immediatevalue()->mutable_tensor()); }},
      {"RepeatedFloats",
       [&](proto::Model& m) { spoil(value(m).mutable_immediatevalue()->mutable_tensor()->mutable_floats()); }},
      {"DictionaryValue", [&](proto::Model& m) { spoil(value(m).mutable_immediatevalue()->mutable_dictionary()); }},
      {"KeyValuePair",
       [&](proto::Model& m) { spoil(value(m).mutable_immediatevalue()->mutable_dictionary()->add_values()); }},
  };
  for (const auto& [name, change] : changes) {
    proto::Model changed = model();
    change(changed);
    EXPECT_THAT(read_error(changed), testing::EndsWith("unknown field 9 in " + name));
  }
}

TEST(UnknownFields, TheMessageNamesTheOp) {
  proto::Model changed = model();
  spoil(op_of(*op_of(body_of(changed), "cond").mutable_blocks(1), "tanh").mutable_outputs(0)->mutable_type());
  EXPECT_EQ(read_error(changed), "op y (cond): op b (tanh): unknown field 9 in ValueType");
}

// Protobuf keeps a declared field of another wire type as unknown, so it would be lost.
TEST(UnknownFields, DeclaredFieldsOfAnotherWireType) {
  proto::Model changed = model();
  ASSERT_TRUE(op_of(body_of(changed), "cond").MergeFromString("\x08\x01"));  // type, as a number
  EXPECT_EQ(read_error(changed), "op y (cond): field 1 in Operation has the wrong wire type 0");
}

// Protobuf drops unknown fields of map entries altogether.
TEST(UnknownFields, InMapEntries) {
  // Model.mlProgram { functions { key: "f", field 9: 1 } }
  EXPECT_EQ(read_error("\xb2\x1f\x07\x12\x05\x0a\x01\x66\x48\x01"), "unknown field 9 in an entry of functions");
}

TEST(UnknownFields, InModelsOfPipelines) {
  proto::Model pipeline;
  *pipeline.mutable_pipelineclassifier()->mutable_pipeline()->add_models() = model();
  EXPECT_EQ(read_error(pipeline), "");
  spoil(pipeline.mutable_pipelineclassifier()->mutable_pipeline()->mutable_models(0)->mutable_mlprogram());
  EXPECT_EQ(read_error(pipeline), "unknown field 9 in Program");
  proto::Model plain;
  *plain.mutable_pipeline()->add_models() = model();
  spoil(plain.mutable_pipeline()->mutable_models(0)->mutable_mlprogram());
  EXPECT_EQ(read_error(plain), "unknown field 9 in Program");
}

Program read(const proto::Model& message) {
  return read_program(message, [](const std::string&, uint64_t, const Type&) -> Constant { fail("no blobs"); });
}

TEST(UnknownFields, AboveTheProgramAreKept) {
  proto::Model changed = model();
  spoil(&changed);
  auto& description = *changed.mutable_description();
  spoil(&description);
  spoil(description.mutable_metadata());
  spoil(description.mutable_input(0));
  spoil(description.mutable_input(0)->mutable_type());
  spoil(description.mutable_input(0)->mutable_type()->mutable_multiarraytype());
  spoil(description.mutable_state(0)->mutable_type()->mutable_statetype()->mutable_arraytype());
  const auto bytes = changed.SerializeAsString();
  const auto parsed = parse_model(std::as_bytes(std::span(bytes)));
  const Program program = read(*parsed);
  const proto::Model written = write_program(program, [](const Constant&) -> uint64_t { return 64; });
  EXPECT_EQ(difference(program, read(written)).value_or(""), "");
  // Nothing is lost, and nothing is there twice.
  proto::Model expected = changed;
  EXPECT_EQ(written.ByteSizeLong(), expected.ByteSizeLong());
  const auto has_field_9 = [](const auto& message) {
    return message.SerializeAsString().find("\x48\x01") != std::string::npos;
  };
  EXPECT_TRUE(has_field_9(written.description().metadata()));
  EXPECT_TRUE(has_field_9(written.description().input(0).type().multiarraytype()));
  EXPECT_TRUE(has_field_9(written.description().state(0).type().statetype().arraytype()));
  // The text form keeps them too.
  EXPECT_EQ(difference(program, parse(print(program), op_table())).value_or(""), "");
}

TEST(UnknownFields, OfFunctionDescriptionsAreKept) {
  Program program = read(model());
  auto function = *program.functions.at("main");
  function.name = "other";
  program.functions["other"] = std::make_shared<const Function>(function);
  program.multifunction = true;
  proto::Model changed = write_program(program, [](const Constant&) -> uint64_t { return 64; });
  ASSERT_EQ(changed.description().functions_size(), 2);
  spoil(changed.mutable_description()->mutable_functions(1));
  const Program again = read(changed);
  const proto::Model written = write_program(again, [](const Constant&) -> uint64_t { return 64; });
  EXPECT_EQ(written.description().functions_size(), 2);
  EXPECT_EQ(written.ByteSizeLong(), changed.ByteSizeLong());
  EXPECT_EQ(written.description().functions(0).ByteSizeLong() + 2 + 1,  // "other" is one letter longer
            written.description().functions(1).ByteSizeLong());
}

}  // namespace
}  // namespace anemone
