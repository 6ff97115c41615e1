// SPDX-License-Identifier: Apache-2.0
#include "formats/npy.h"

#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "formats/output_file.h"
#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using test::text_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::string npy(std::string_view header, std::string_view data, int major = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  file += major == 1 ? test::little_endian(static_cast<uint16_t>(header.size()))
                     : test::little_endian(static_cast<uint32_t>(header.size()));
  return file.append(header).append(data);
}

class NpyTest : public test::ScratchFolder {
 protected:
  Npy read(const std::string& bytes) {
    test::write_bytes(folder_ / "a.npy", bytes);
    return read_npy(folder_ / "a.npy");
  }
  std::string read_error(const std::string& bytes) {
    return error_of([&] { read(bytes); });
  }
};

TEST_F(NpyTest, ReadsEveryVersionAndSpelling) {
  for (const int major : {1, 2, 3}) {
    const Npy a = read(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }     \n", "abcdefgh", major));
    EXPECT_EQ(a.dtype, DType::kInt16);
    EXPECT_THAT(a.shape, ElementsAre(2, 2));
    EXPECT_EQ(text_of(a.bytes), "abcdefgh");
    EXPECT_EQ(a.element_count(), 4);
  }
  EXPECT_EQ(read(npy("{\"shape\":(),\"descr\":\"|b1\",\"fortran_order\":True}", "\1")).shape.size(), 0U);
  EXPECT_THAT(read(npy("{'descr':'|u1','fortran_order':False,'shape':(3,)}", "abc")).shape, ElementsAre(3));
  EXPECT_EQ(read(npy("{'descr':'<f8','fortran_order':True,'shape':(3,0)}", "")).element_count(), 0);
}

TEST_F(NpyTest, FortranOrderBecomesRowMajor) {
  const Npy a = read(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3)}", "adbecf"));
  EXPECT_EQ(text_of(a.bytes), "abcdef");
  const Npy cube = read(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 2, 2)}", "aecgbfdh"));
  EXPECT_EQ(text_of(cube.bytes), "abcdefgh");
}

TEST_F(NpyTest, MisalignedDataIsCopied) {
  for (const std::string_view padding : {"", " ", "  ", "   "}) {
    const Npy a = read(npy(fmt::format("{{'descr':'<f4','fortran_order':False,'shape':(2,)}}{}", padding), "abcdefgh"));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(a.bytes.data()) % 4, 0U);
    EXPECT_EQ(text_of(a.bytes), "abcdefgh");
  }
}

TEST_F(NpyTest, DataOutlivesTheReader) {
  Npy a = read(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (3,)}", "xyz"));
  std::filesystem::remove(folder_ / "a.npy");
  EXPECT_EQ(text_of(a.bytes), "xyz");
}

TEST_F(NpyTest, WritesWhatNumpyWrites) {
  const float values[] = {1.5F, -2.0F};
  const int64_t shape[] = {1, 2};
  write_npy(folder_ / "w.npy", DType::kFloat32, shape, std::as_bytes(std::span(values)));
  const std::string bytes = test::read_bytes(folder_ / "w.npy");
  EXPECT_EQ(bytes.size(), 128U + 8U);
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }  "));
  EXPECT_EQ(bytes[127], '\n');
  const Npy back = read_npy(folder_ / "w.npy");
  EXPECT_EQ(back.dtype, DType::kFloat32);
  EXPECT_THAT(back.shape, ElementsAre(1, 2));
  EXPECT_EQ(text_of(back.bytes), text_of(std::as_bytes(std::span(values))));
  write_npy(folder_ / "s.npy", DType::kUInt8, {}, std::as_bytes(std::span("x", 1)));
  EXPECT_THAT(test::read_bytes(folder_ / "s.npy"), HasSubstr("'|u1', 'fortran_order': False, 'shape': (), }"));
}

TEST_F(NpyTest, RefusesToWriteTypesOfOtherFormats) {
  EXPECT_THAT(error_of([&] { write_npy(folder_ / "b.npy", DType::kBFloat16, {}, {}); }), HasSubstr("bf16"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b.npy"));
}

TEST_F(NpyTest, NamesWhatIsWrong) {
  EXPECT_THAT(read_error(""), HasSubstr("a.npy: is empty"));
  EXPECT_THAT(read_error("PK\3\4abcdefgh"), HasSubstr("not a .npy file"));
  EXPECT_THAT(read_error("\x93NUMPY\1"), HasSubstr("truncated"));
  EXPECT_THAT(read_error(std::string("\x93NUMPY\2\0\1\0", 10)), HasSubstr("truncated"));
  EXPECT_THAT(read_error(npy("{}", "", 4)), HasSubstr("version 4.0"));
  EXPECT_THAT(read_error(npy("{}", "").substr(0, 11)), HasSubstr("header takes 2 bytes, 1 are left"));
  EXPECT_THAT(read_error(npy("{'descr': '<f4'}", "")), HasSubstr("lacks one of the keys"));
  EXPECT_THAT(read_error(npy("{'descr': '>f4', 'fortran_order': False, 'shape': ()}", "abcd")),
              HasSubstr("big-endian"));
  EXPECT_THAT(read_error(npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}", "a")), HasSubstr("'|O'"));
  EXPECT_THAT(read_error(npy("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", "a")), HasSubstr("'<c8'"));
}

TEST_F(NpyTest, ChecksTheSizeWithoutOverflow) {
  const auto with_shape = [](std::string_view shape) {
    return npy(fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': {}}}", shape), "abcdefgh");
  };
  EXPECT_THAT(read_error(with_shape("(3,)")), HasSubstr("shape [3] of fp32 does not fit the 8 bytes"));
  EXPECT_THAT(read_error(with_shape("(1,)")), HasSubstr("does not fit"));
  EXPECT_THAT(read_error(with_shape("(4611686018427387906,)")), HasSubstr("does not fit"));
  EXPECT_THAT(read_error(with_shape("(4294967296, 4294967296, 2)")), HasSubstr("does not fit"));
  EXPECT_THAT(read_error(with_shape("(99999999999999999999,)")), HasSubstr("expected a dimension"));
  EXPECT_THAT(read_error(with_shape("(-2,)")), HasSubstr("expected a dimension"));
  EXPECT_THAT(read_error(with_shape("(2)")), HasSubstr("not a tuple"));
  EXPECT_THAT(read_error(with_shape("2")), HasSubstr("expected '('"));
}

TEST_F(NpyTest, RefusesMalformedHeaders) {
  for (const std::string_view header :
       {"", "{", "[]", "{'descr'}", "{'descr': <f4}", "{'descr': '<f4", "{'fortran_order': 0}", "{'shape': (1 2)}",
        "{'descr': '<f4', 'descr': '<f4'}", "{'other': 1}", "{'descr': 'a\\x'}", "{'shape': (,)}"})
    EXPECT_FALSE(read_error(npy(header, "")).empty()) << header;
  EXPECT_THAT(read_error(npy("{'descr': '|u1', 'fortran_order': False, 'shape': ()} x", "a")), HasSubstr("after"));
  std::string deep = "{'shape': (";
  for (int i = 0; i < 65; ++i) deep += "1,";
  EXPECT_THAT(read_error(npy(deep + ")}", "")), HasSubstr("more than 64 dimensions"));
}

TEST(OutputFileTest, AFullDiskIsAnErrorWithTheFileName) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  OutputFile file("/dev/full");
  file.write("text");
  EXPECT_THAT(error_of([&] { file.close(); }), HasSubstr("/dev/full: cannot be written: No space left"));
}

class WriteFileTest : public test::ScratchFolder {};

TEST_F(WriteFileTest, KeepsTheOldFileWhenWritingFails) {
  test::write_bytes(folder_ / "f", "old");
  EXPECT_THROW(write_file(folder_ / "f",
                          [](OutputFile& file) {
                            file.write("new");
                            fail("stop");
                          }),
               Error);
  EXPECT_EQ(test::read_bytes(folder_ / "f"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  write_file(folder_ / "f", [](OutputFile& file) { file.write("new"); });
  EXPECT_EQ(test::read_bytes(folder_ / "f"), "new");
  EXPECT_THAT(error_of([&] { write_file(folder_ / "no" / "f", [](OutputFile&) {}); }), HasSubstr("cannot be created"));
  EXPECT_THAT(error_of([&] { write_file(folder_, [](OutputFile&) {}); }), HasSubstr("is a folder"));
}

TEST_F(WriteFileTest, BuffersLargeWritesInOrder) {
  const std::string big(3 << 20, 'b');
  OutputFile file(folder_ / "f");
  file.write("a");
  file.write(big);
  file.write_zeros(5000);
  file.write("z");
  file.overwrite(0, std::as_bytes(std::span("A", 1)));
  EXPECT_EQ(file.size(), big.size() + 5002);
  file.close();
  EXPECT_EQ(test::read_bytes(folder_ / "f"), "A" + big + std::string(5000, '\0') + "z");
}

}  // namespace
}  // namespace anemone
