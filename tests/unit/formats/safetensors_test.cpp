// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <gmock/gmock.h>

#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using test::text_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::string safetensors(std::string_view header, std::string_view data) {
  return test::little_endian(static_cast<uint64_t>(header.size())).append(header).append(data);
}

class SafetensorsTest : public test::ScratchFolder {
 protected:
  std::unique_ptr<const Safetensors> open(const std::string& bytes) {
    test::write_bytes(folder_ / "m.safetensors", bytes);
    return Safetensors::open(folder_ / "m.safetensors");
  }
  std::string open_error(std::string_view header, std::string_view data = "") {
    return error_of([&] { open(safetensors(header, data)); });
  }
};

TEST_F(SafetensorsTest, ReadsTensorsInAnyOrder) {
  const auto file = open(safetensors(
      R"( {"b":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6]},"__metadata__":{"format":"pt"},)"
      R"("a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"},"z":{"dtype":"I64","shape":[3,0],"data_offsets":[4,4]}}  )",
      "wxyzuv"));
  EXPECT_THAT(file->names(), ElementsAre("a", "b", "z"));
  EXPECT_EQ(file->metadata().at("format"), "pt");
  const auto b = file->find("b");
  ASSERT_TRUE(b);
  EXPECT_EQ(b->dtype, DType::kUInt8);
  EXPECT_THAT(b->shape, ElementsAre(2, 1));
  EXPECT_EQ(text_of(b->bytes), "uv");
  EXPECT_EQ(b->bytes.data(), b->file->bytes().data() + b->offset);
  EXPECT_EQ(text_of(file->find("a")->bytes), "wxyz");
  EXPECT_TRUE(file->find("z")->bytes.empty());
  EXPECT_FALSE(file->find("c"));
}

TEST_F(SafetensorsTest, TensorsOutliveTheirFile) {
  auto file = open(safetensors(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "xyz"));
  const auto a = file->find("a");
  file.reset();
  EXPECT_EQ(text_of(a->bytes), "xyz");
}

TEST_F(SafetensorsTest, AnEmptyHeaderIsLegal) {
  EXPECT_TRUE(open(safetensors("{}", ""))->names().empty());
  EXPECT_TRUE(open(safetensors(R"({"__metadata__":{}})", ""))->names().empty());
}

TEST_F(SafetensorsTest, EveryDtypeHasItsSize) {
  const std::pair<std::string, DType> kinds[] = {
      {"BOOL", DType::kBool},     {"U8", DType::kUInt8},           {"I8", DType::kInt8},
      {"U16", DType::kUInt16},    {"I16", DType::kInt16},          {"F16", DType::kFloat16},
      {"BF16", DType::kBFloat16}, {"U32", DType::kUInt32},         {"I32", DType::kInt32},
      {"F32", DType::kFloat32},   {"U64", DType::kUInt64},         {"I64", DType::kInt64},
      {"F64", DType::kFloat64},   {"F8_E5M2", DType::kFloat8E5M2}, {"F8_E4M3", DType::kFloat8E4M3FN}};
  for (const auto& [name, dtype] : kinds) {
    const size_t size = static_cast<size_t>(bit_width(dtype)) / 8 * 2;
    const auto file =
        open(safetensors(fmt::format(R"({{"t":{{"dtype":"{}","shape":[2],"data_offsets":[0,{}]}}}})", name, size),
                         std::string(size, 'x')));
    EXPECT_EQ(file->find("t")->dtype, dtype) << name;
  }
}

TEST_F(SafetensorsTest, ForeignDtypesAreListedButNotGiven) {
  for (const auto& [name, bits] : {std::pair{"F4", 4},
                                   {"F6_E2M3", 6},
                                   {"F6_E3M2", 6},
                                   {"F8_E8M0", 8},
                                   {"F8_E4M3FNUZ", 8},
                                   {"F8_E5M2FNUZ", 8},
                                   {"C64", 64}}) {
    const auto file =
        open(safetensors(fmt::format(R"({{"t":{{"dtype":"{}","shape":[4],"data_offsets":[0,{}]}}}})", name, bits / 2),
                         std::string(static_cast<size_t>(bits) / 2, 'x')));
    EXPECT_THAT(file->names(), ElementsAre("t"));
    EXPECT_EQ(file->infos().at("t").dtype, name);
    EXPECT_THAT(error_of([&] { file->find("t"); }),
                HasSubstr(fmt::format("tensor t: dtype {} is not supported", name)));
  }
  EXPECT_THAT(open_error(R"({"t":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", "ab"), HasSubstr("whole bytes"));
}

TEST_F(SafetensorsTest, OffsetsMustAgree) {
  const auto two = [&](const char* first, const char* second, std::string_view data) {
    return open_error(fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":[{}]}},)"
                                  R"("b":{{"dtype":"U8","shape":[2],"data_offsets":[{}]}}}})",
                                  first, second),
                      data);
  };
  EXPECT_EQ(two("2,4", "0,2", "abcd"), "");
  EXPECT_THAT(two("0,2", "1,3", "abc"), HasSubstr("tensors a and b overlap"));
  EXPECT_THAT(two("0,2", "0,2", "ab"), HasSubstr("overlap"));
  EXPECT_THAT(two("0,2", "3,5", "abcde"), HasSubstr("hole of 1 unused bytes before tensor b"));
  EXPECT_THAT(two("1,3", "3,5", "abcde"), HasSubstr("before tensor a"));
  EXPECT_THAT(two("0,2", "2,4", "abc"), HasSubstr("is truncated: the header promises 4 bytes of data, the file has 3"));
  EXPECT_THAT(two("0,2", "2,4", "abcdef"), HasSubstr("2 trailing bytes"));
  EXPECT_THAT(two("0,2", "2,5", "abcde"), HasSubstr("b: U8 with shape [2] needs 2 bytes, data_offsets give 3"));
  EXPECT_THAT(two("2,0", "2,4", "abcd"), HasSubstr("run backwards"));
  EXPECT_THAT(two("0,2", "18446744073709551615,1", "ab"), HasSubstr("run backwards"));
  EXPECT_THAT(two("0,2", "2,18446744073709551616", "ab"), HasSubstr("the number 18446744073709551616"));
}

TEST_F(SafetensorsTest, SizesDoNotOverflow) {
  const auto shape = [&](const char* sizes) {
    return open_error(fmt::format(R"({{"a":{{"dtype":"F32","shape":[{}],"data_offsets":[0,0]}}}})", sizes));
  };
  EXPECT_THAT(shape("4294967296,4294967296"), HasSubstr("too many elements"));
  EXPECT_THAT(shape("4294967296,4294967296,0"), HasSubstr("too many elements"));
  EXPECT_THAT(shape("2305843009213693952"), HasSubstr("too many elements"));
  EXPECT_THAT(shape("9223372036854775808"), HasSubstr("63 bits"));
  EXPECT_THAT(shape("-1"), HasSubstr("negative"));
  EXPECT_THAT(shape("1.0"), HasSubstr("the number 1.0"));
  EXPECT_EQ(shape("4294967296,0"), "");
}

TEST_F(SafetensorsTest, TheHeaderHasOneForm) {
  for (const std::string_view header :
       {"[]", "1", "null", "\"a\"", R"({"a":1})", R"({"a":[]})", R"({"a":true})", R"({"a":null})", R"({"a":{"a":1}})",
        R"({"a":{"dtype":["F32"]}})", R"({"a":{"shape":{}}})", R"({"a":{"shape":[[1]]}})", R"({"a":{"shape":["1"]}})",
        R"({"a":{"shape":3}})", R"({"__metadata__":{"a":1}})", R"({"__metadata__":{"a":{}}})", R"({"__metadata__":[]})",
        R"({"a":{"data_offsets":[0,1,2]}})", R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0]}})"})
    EXPECT_THAT(open_error(header), HasSubstr("safetensors format")) << header;
  EXPECT_THAT(open_error(R"({"a":{}})"), HasSubstr("a: the header lacks dtype"));
  EXPECT_THAT(open_error(R"({"a":{"dtype":"U8","dtype":"U8"}})"), HasSubstr("a: dtype appears twice"));
  EXPECT_THAT(open_error(R"({"__metadata__":{},"__metadata__":{}})"), HasSubstr("__metadata__ appears twice"));
  EXPECT_THAT(open_error(R"({"__metadata__":{"k":"","k":""}})"), HasSubstr("k appears twice"));
  EXPECT_THAT(open_error(R"({"a":{"dtype":"X9","shape":[],"data_offsets":[0,0]}})"), HasSubstr("a: unknown dtype X9"));
  EXPECT_THAT(open_error("{\"a\\n\":{}}"), HasSubstr("control characters"));
  EXPECT_THAT(open_error(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(open_error("{} x"), HasSubstr("not valid JSON: parse error at byte 4"));
  EXPECT_THAT(open_error(std::string(100000, '[')), HasSubstr("unexpected list"));
  EXPECT_THAT(open_error("{\"" + std::string(5000, 'a') + "\":{}}"), HasSubstr("a name of 5000 bytes"));
  std::string ones = "1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  EXPECT_THAT(open_error(R"({"a":{"shape":[)" + ones + "]}}"), HasSubstr("more than 64 dimensions"));
}

TEST_F(SafetensorsTest, LengthIsChecked) {
  EXPECT_THAT(error_of([&] { open("1234567"); }), HasSubstr("too short"));
  EXPECT_THAT(error_of([&] { open(test::little_endian(uint64_t{100'000'001})); }), HasSubstr("not plausible"));
  EXPECT_THAT(error_of([&] { open(test::little_endian(~uint64_t{0})); }), HasSubstr("not plausible"));
  EXPECT_THAT(error_of([&] { open(test::little_endian(uint64_t{3}) + "{}"); }), HasSubstr("exceeds the file"));
}

}  // namespace
}  // namespace anemone
