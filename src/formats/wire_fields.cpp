// SPDX-License-Identifier: Apache-2.0
#include "formats/wire_fields.h"

#include <cstdint>
#include <iterator>
#include <string>

#include "base/error.h"
#include "formats/schemas/mil.pb.h"

namespace anemone {
namespace {

using Bytes = std::span<const std::byte>;

enum WireType : uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5 };

// What a declared field holds. From kProgram on, a message: its place in kMessages.
enum Content : uint8_t {
  kNone,  // this number is not declared
  kInteger,
  kText,
  kFloats,  // packed or one by one, here and below
  kDoubles,
  kIntegers,
  kProgram,
  kFunctionEntry,
  kFunction,
  kBlockEntry,
  kBlock,
  kOperation,
  kArgumentEntry,
  kArgument,
  kBinding,
  kValueEntry,
  kNamedValueType,
  kValueType,
  kTensorType,
  kDimension,
  kConstantDimension,
  kUnknownDimension,
  kListType,
  kTupleType,
  kDictionaryType,
  kStateType,
  kValue,
  kImmediateValue,
  kBlobFileValue,
  kTensorValue,
  kRepeatedFloats,
  kRepeatedDoubles,
  kRepeatedIntegers,
  kRepeatedTexts,
  kValues,
  kDictionaryValue,
  kKeyValuePair,
};

struct Message {
  const char* name;
  Content fields[7];  // of field number index + 1
};

constexpr Message kMessages[] = {
    {"Program", {kInteger, kFunctionEntry, kText, kValueEntry}},
    {"an entry of functions", {kText, kFunction}},
    {"Function", {kNamedValueType, kText, kBlockEntry, kValueEntry}},
    {"an entry of block_specializations", {kText, kBlock}},
    {"Block", {kNamedValueType, kText, kOperation, kValueEntry}},
    {"Operation", {kText, kArgumentEntry, kNamedValueType, kBlock, kValueEntry}},
    {"an entry of inputs", {kText, kArgument}},
    {"Argument", {kBinding}},
    {"Binding", {kText, kValue}},
    {"an entry of attributes", {kText, kValue}},
    {"NamedValueType", {kText, kValueType}},
    {"ValueType", {kTensorType, kListType, kTupleType, kDictionaryType, kStateType}},
    {"TensorType", {kInteger, kInteger, kDimension, kValueEntry}},
    {"Dimension", {kConstantDimension, kUnknownDimension}},
    {"ConstantDimension", {kInteger}},
    {"UnknownDimension", {kInteger}},
    {"ListType", {kValueType, kDimension}},
    {"TupleType", {kValueType}},
    {"DictionaryType", {kValueType, kValueType}},
    {"StateType", {kValueType}},
    {"Value", {kText, kValueType, kImmediateValue, kNone, kBlobFileValue}},
    {"ImmediateValue", {kTensorValue, kValues, kValues, kDictionaryValue}},
    {"BlobFileValue", {kText, kInteger}},
    {"TensorValue",
     {kRepeatedFloats, kRepeatedIntegers, kRepeatedIntegers, kRepeatedTexts, kRepeatedIntegers, kRepeatedDoubles,
      kRepeatedTexts}},
    {"RepeatedFloats", {kFloats}},
    {"RepeatedDoubles", {kDoubles}},
    {"repeated integers", {kIntegers}},
    {"repeated texts", {kText}},
    {"values", {kValue}},
    {"DictionaryValue", {kKeyValuePair}},
    {"KeyValuePair", {kValue, kValue}},
};
static_assert(std::size(kMessages) == kKeyValuePair - kProgram + 1);

struct Field {
  uint64_t number = 0;
  uint8_t wire_type = 0;
  Bytes bytes;  // of a kLength field
};

class Fields {
 public:
  explicit Fields(Bytes bytes) : rest_(bytes) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const uint64_t tag = varint();
    field.number = tag >> 3;
    field.wire_type = static_cast<uint8_t>(tag & 7U);
    field.bytes = {};
    if (field.wire_type == kVarint)
      varint();
    else if (field.wire_type == kFixed64)
      take(8);
    else if (field.wire_type == kFixed32)
      take(4);
    else if (field.wire_type == kLength)
      field.bytes = take(varint());
    return true;  // groups have no length: what is in them reads as fields
  }

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = std::to_integer<uint64_t>(take(1)[0]);
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80U) return value;
    }
    fail("a number has more than 64 bits");
  }
  Bytes take(uint64_t count) {
    if (count > rest_.size()) fail("a field reaches beyond its message");
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  Bytes rest_;
};

bool fits(Content content, uint8_t wire_type) {
  switch (content) {
    case kInteger:
      return wire_type == kVarint;
    case kFloats:
      return wire_type == kFixed32 || wire_type == kLength;
    case kDoubles:
      return wire_type == kFixed64 || wire_type == kLength;
    case kIntegers:
      return wire_type == kVarint || wire_type == kLength;
    default:
      return wire_type == kLength;
  }
}

std::string name_of_operation(Bytes bytes) {
  proto::mil::Operation op;
  op.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  const auto name = op.attributes().find("name");
  if (name == op.attributes().end()) return fmt::format("op of type {}", op.type());
  const auto& texts = name->second.immediatevalue().tensor().strings().values();
  return fmt::format("op {} ({})", texts.empty() ? "" : texts[0], op.type());
}

// As deep as the messages are nested, which parsing has bounded.
void check_message(Content kind, Bytes bytes) {
  const Message& message = kMessages[kind - kProgram];
  Fields fields(bytes);
  for (Field field; fields.next(field);) {
    const bool listed = field.number >= 1 && field.number <= std::size(message.fields);
    const Content content = listed ? message.fields[field.number - 1] : kNone;
    if (content == kNone) fail("unknown field {} in {}", field.number, message.name);
    if (!fits(content, field.wire_type))
      fail("field {} in {} has the wrong wire type {}", field.number, message.name, field.wire_type);
    if (content == kOperation) {
      try {
        check_message(content, field.bytes);
      } catch (const Error& error) {
        throw error.within(name_of_operation(field.bytes));
      }
    } else if (content >= kProgram) {
      check_message(content, field.bytes);
    }
  }
}

// Model.pipelineClassifier and pipelineRegressor hold a Pipeline in field 1, Model.pipeline is one; its field 1 holds
// Models; Model.mlProgram is the program.
void check_model(Bytes model) {
  const auto check_pipeline = [](Bytes pipeline) {
    Fields models(pipeline);
    for (Field field; models.next(field);)
      if (field.number == 1 && field.wire_type == kLength) check_model(field.bytes);
  };
  Fields fields(model);
  for (Field field; fields.next(field);) {
    if (field.wire_type != kLength) continue;
    if (field.number == 502) check_message(kProgram, field.bytes);
    if (field.number == 202) check_pipeline(field.bytes);
    if (field.number != 200 && field.number != 201) continue;
    Fields wrapped(field.bytes);
    for (Field inner; wrapped.next(inner);)
      if (inner.number == 1 && inner.wire_type == kLength) check_pipeline(inner.bytes);
  }
}

}  // namespace

void refuse_unknown_program_fields(std::span<const std::byte> model) { check_model(model); }

}  // namespace anemone
