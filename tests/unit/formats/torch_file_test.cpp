// SPDX-License-Identifier: Apache-2.0
// Files that torch wrote (tests/oracles/make_torch_files.py), and the same with faults.
#include "formats/torch_file.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "ir/constant.h"
#include "test_files.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const fs::path kFolder = fs::path(ANEMONE_SOURCE_DIR) / "tests" / "data" / "torch";

std::vector<double> values(const TensorSource& file, const std::string& name) {
  const TensorEntry entry = file.find(name).value();
  const auto elements = static_cast<int64_t>(entry.bytes.size()) * 8 / bit_width(entry.dtype);
  Constant constant = Constant::mapped(entry.file, entry.offset, entry.dtype, {elements});
  constant = entry.strides.empty() ? constant.reshaped(entry.shape) : constant.strided(entry.shape, entry.strides);
  const Tensor tensor = converted(constant.stored(), DType::kFloat32);
  return {tensor.as<float>().begin(), tensor.as<float>().end()};
}

class TorchForms : public testing::TestWithParam<const char*> {};

TEST_P(TorchForms, ReadsTensorsAndViews) {
  const auto file = TorchFile::open(kFolder / GetParam());
  EXPECT_THAT(file->find("a")->shape, ElementsAre(2, 3));
  EXPECT_THAT(values(*file, "a"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(file->find("a_transposed")->shape, ElementsAre(3, 2));
  EXPECT_THAT(values(*file, "a_transposed"), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(values(*file, "a_column"), ElementsAre(1, 4));
  EXPECT_THAT(values(*file, "a_expanded"), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(values(*file, "inside"), ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_THAT(values(*file, "scalar"), ElementsAre(7.5));
  EXPECT_TRUE(file->find("scalar")->shape.empty());
  EXPECT_THAT(file->find("empty")->shape, ElementsAre(0, 3));
  EXPECT_TRUE(values(*file, "empty").empty());
  EXPECT_THAT(values(*file, "parameter"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(file->find("a")->offset, file->find("a_transposed")->offset);
  EXPECT_FALSE(file->find("b"));
}

TEST_P(TorchForms, ReadsElementTypes) {
  const auto file = TorchFile::open(kFolder / GetParam());
  const std::map<std::string, DType> types = {{"bfloat16", DType::kBFloat16}, {"float16", DType::kFloat16},
                                              {"float64", DType::kFloat64},   {"int64", DType::kInt64},
                                              {"int32", DType::kInt32},       {"int16", DType::kInt16},
                                              {"int8", DType::kInt8},         {"uint8", DType::kUInt8}};
  for (const auto& [name, dtype] : types) {
    EXPECT_EQ(file->find(name)->dtype, dtype) << name;
    EXPECT_THAT(values(*file, name), ElementsAre(0, 1, 2, 3)) << name;
  }
  EXPECT_EQ(file->find("bool")->dtype, DType::kBool);
}

INSTANTIATE_TEST_SUITE_P(Files, TorchForms, testing::Values("zip.pt", "stream.pt"),
                         [](const auto& tested) { return std::string(tested.param, std::strlen(tested.param) - 3); });

TEST(TorchFile, FindsTheModelInACheckpointOfTraining) {
  const auto file = TorchFile::open(kFolder / "nested.pt");
  EXPECT_THAT(values(*file, "a"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(file->names(), Not(Contains("best")));
  EXPECT_EQ(file->find("uint16")->dtype, DType::kUInt16);
  EXPECT_EQ(file->find("float8")->dtype, DType::kFloat8E4M3FN);
  EXPECT_THAT(error_of([&] { file->find("complex"); }), HasSubstr("tensor complex: element type torch.complex64"));
  const Json notes = parse_json(file->notes());
  EXPECT_EQ(notes.at("model_args").dump(),
            R"({"n_layer":2,"name":"x","bias":false,"rate":0.5,"none":null,"list":[1,[2,"b"]],"wide":null})");
}

TEST(TorchFile, ReadsLaterProtocols) {
  EXPECT_THAT(values(*TorchFile::open(kFolder / "protocol4.pt"), "a_transposed"), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(TorchFile, RefusesCallablesByName) {
  EXPECT_THAT(error_of([] { TorchFile::open(kFolder / "evil.pt"); }),
              HasSubstr("evil.pt: wants to call posix.system, which is refused"));
  EXPECT_THAT(error_of([] { TorchFile::open(kFolder / "module.pt"); }),
              HasSubstr("wants to call torch.nn.modules.linear.Linear, which is refused"));
}

class TorchFaults : public test::ScratchFolder {
 protected:
  std::string open_error(const std::string& bytes) {
    test::write_bytes(folder_ / "m.bin", bytes);
    return error_of([&] {
      const auto file = TorchFile::open(folder_ / "m.bin");
      for (const std::string& name : file->names()) values(*file, name);
    });
  }
};

TEST_F(TorchFaults, SaysWhatTheFileIsInstead) {
  EXPECT_THAT(open_error(""), HasSubstr("m.bin: is empty"));
  EXPECT_THAT(open_error("hello"), HasSubstr("is not a file of torch.save"));
  EXPECT_THAT(open_error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("Git LFS pointer"));
}

// Every prefix and every changed byte: an Error, or a file that reads.
TEST_F(TorchFaults, DamageIsAnErrorOrReads) {
  for (const char* name : {"zip.pt", "stream.pt"}) {
    const std::string whole = test::read_bytes(kFolder / name);
    for (size_t size = 0; size < whole.size(); size += 37) EXPECT_NE(open_error(whole.substr(0, size)), "") << size;
    for (size_t at = 0; at < whole.size(); at += 11) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x55);
      open_error(changed);
    }
  }
}

TEST_F(TorchFaults, TensorsStayInTheirStorage) {
  const std::string whole = test::read_bytes(kFolder / "stream.pt");
  // In the pickle of `a`: BININT1 offset 0, BININT1 2, BININT1 3 TUPLE2 ... then the strides 3 and 1.
  const std::string shape = "K\x02K\x03\x86";
  const size_t at = whole.find(shape);
  ASSERT_NE(at, std::string::npos);
  std::string larger = whole;
  larger[at + 1] = 9;
  EXPECT_THAT(open_error(larger), HasSubstr("tensor a: shape [9, 3] with strides [3, 1] at 0 leaves its storage of 6"));
}

}  // namespace
}  // namespace anemone
