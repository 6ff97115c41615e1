// SPDX-License-Identifier: Apache-2.0
#include "formats/blob_storage.h"

#include <gmock/gmock.h>

#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using test::little_endian;
using test::text_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// A file of one fp16 blob at offset 64 whose record holds the given fields.
struct Fields {
  uint32_t version = 2;
  uint32_t sentinel = 0xDEADBEEF;
  uint32_t type = 1;
  uint64_t size = 4;
  uint64_t data = 128;
  uint64_t padding = 0;
};

std::string file_of(const Fields& f) {
  std::string file = little_endian(uint32_t{1}) + little_endian(f.version) + std::string(56, '\0');
  file += little_endian(f.sentinel) + little_endian(f.type) + little_endian(f.size) + little_endian(f.data);
  return file + little_endian(f.padding) + std::string(32, '\0') + "abcd";
}

class BlobStorageTest : public test::ScratchFolder {
 protected:
  BlobReader reader(std::string_view bytes) {
    test::write_bytes(folder_ / "w.bin", bytes);
    return BlobReader(MappedFile::open(folder_ / "w.bin"));
  }
  std::string read_error(const Fields& fields, uint64_t offset = 64) {
    return error_of([&] { reader(file_of(fields)).read(offset); });
  }
};

TEST_F(BlobStorageTest, ReadsWhatTheFormatSays) {
  const BlobReader blobs = reader(file_of({}));
  const Blob blob = blobs.read(64);
  EXPECT_EQ(blob.dtype, DType::kFloat16);
  EXPECT_EQ(text_of(blob.bytes), "abcd");
  EXPECT_EQ(blob.data_offset, 128U);
  EXPECT_EQ(blob.element_count(), 2);
  EXPECT_THAT(blobs.offsets(), ElementsAre(64));
  EXPECT_EQ(reader(file_of({.padding = ~uint64_t{0}})).read(64).padding_bits, 0) << "garbage in old files is no fault";
}

TEST_F(BlobStorageTest, WritesTheBytesOfTheFormat) {
  BlobWriter writer(folder_ / "w.bin");
  EXPECT_EQ(writer.append(DType::kFloat16, 2, bytes_of("abcd")), 64U);
  EXPECT_EQ(writer.size(), 132U);
  EXPECT_EQ(writer.size_with(5), 192U + 64U + 5U);
  EXPECT_EQ(writer.append(DType::kUInt3, 3,
                          [](const BlobWriter::Sink& sink) {
                            sink(bytes_of("x"));
                            sink(bytes_of("y"));
                          }),
            192U);
  EXPECT_EQ(writer.count(), 2U);
  writer.close();
  std::string expected = file_of({}) + std::string(60, '\0');
  expected[0] = 2;
  expected += little_endian(0xDEADBEEFU) + little_endian(uint32_t{12}) + little_endian(uint64_t{2});
  expected += little_endian(uint64_t{256}) + little_endian(uint64_t{7}) + std::string(32, '\0') + "xy";
  EXPECT_EQ(test::read_bytes(folder_ / "w.bin"), expected);
  const BlobReader blobs = reader(expected);
  EXPECT_THAT(blobs.offsets(), ElementsAre(64, 192));
  EXPECT_EQ(blobs.read(192).element_count(), 3);
}

TEST_F(BlobStorageTest, EveryTypeSurvives) {
  const DType types[] = {DType::kFloat16,      DType::kFloat32,   DType::kUInt8, DType::kInt8,  DType::kBFloat16,
                         DType::kInt16,        DType::kUInt16,    DType::kInt4,  DType::kUInt1, DType::kUInt2,
                         DType::kUInt4,        DType::kUInt3,     DType::kUInt6, DType::kInt32, DType::kUInt32,
                         DType::kFloat8E4M3FN, DType::kFloat8E5M2};
  std::vector<uint64_t> offsets;
  BlobWriter writer(folder_ / "w.bin");
  for (const DType type : types) {
    const std::string data(static_cast<size_t>(*byte_size(type, 5)), 'q');
    offsets.push_back(writer.append(type, 5, bytes_of(data)));
  }
  offsets.push_back(writer.append(DType::kFloat32, 0, bytes_of("")));
  writer.close();
  const BlobReader blobs(MappedFile::open(folder_ / "w.bin"));
  EXPECT_EQ(blobs.offsets(), offsets);
  for (size_t i = 0; i < std::size(types); ++i) {
    EXPECT_EQ(blobs.read(offsets[i]).dtype, types[i]);
    EXPECT_EQ(blobs.read(offsets[i]).element_count(), 5) << name_of(types[i]);
    EXPECT_TRUE(has_blob_type(types[i]));
  }
  EXPECT_THAT(blobs.read(offsets.back()).bytes, IsEmpty());
  for (const DType type : {DType::kBool, DType::kInt64, DType::kUInt64, DType::kFloat64, DType::kString})
    EXPECT_FALSE(has_blob_type(type));
}

TEST_F(BlobStorageTest, WriterChecksItsCaller) {
  BlobWriter writer(folder_ / "w.bin");
  EXPECT_THROW(writer.append(DType::kFloat32, 2, bytes_of("abcd")), std::logic_error);
  EXPECT_THROW(writer.append(DType::kInt64, 1, bytes_of("abcdefgh")), std::logic_error);
}

TEST_F(BlobStorageTest, AnEmptyFileOfBlobsIsValid) {
  BlobWriter writer(folder_ / "w.bin");
  writer.close();
  EXPECT_THAT(BlobReader(MappedFile::open(folder_ / "w.bin")).offsets(), IsEmpty());
}

TEST_F(BlobStorageTest, HeaderIsChecked) {
  EXPECT_THAT(error_of([&] { reader(""); }), HasSubstr("w.bin: is too short"));
  EXPECT_THAT(error_of([&] { reader(std::string(63, '\0')); }), HasSubstr("too short"));
  EXPECT_THAT(read_error({.version = 1}), HasSubstr("not a weight file of version 2: it says 1"));
  EXPECT_THAT(error_of([&] { reader("version https://git-lfs.github.com/spec/v1\noid sha256:0"); }), HasSubstr("LFS"));
}

TEST_F(BlobStorageTest, RecordIsChecked) {
  EXPECT_EQ(read_error({}), "");
  EXPECT_THAT(read_error({}, 0), HasSubstr("outside the file"));
  EXPECT_THAT(read_error({}, 65), HasSubstr("blob at offset 65: the offset is not a multiple of 64"));
  EXPECT_THAT(read_error({}, 128), HasSubstr("outside the file, which has 132 bytes"));
  EXPECT_THAT(read_error({}, 1 << 20), HasSubstr("outside"));
  EXPECT_THAT(read_error({}, ~uint64_t{63}), HasSubstr("outside"));
  EXPECT_THAT(read_error({.sentinel = 0}), HasSubstr("sentinel"));
  EXPECT_THAT(read_error({.type = 0}), HasSubstr("unknown data type 0"));
  EXPECT_THAT(read_error({.type = 18}), HasSubstr("unknown data type 18"));
  EXPECT_THAT(read_error({.size = 6}), HasSubstr("beyond the end"));
  EXPECT_THAT(read_error({.size = ~uint64_t{0}}), HasSubstr("beyond the end"));
  EXPECT_THAT(read_error({.size = 3}), HasSubstr("3 bytes are no whole number of fp16"));
  EXPECT_THAT(read_error({.data = 64}), HasSubstr("data offset 64"));
  EXPECT_THAT(read_error({.data = 129}), HasSubstr("data offset 129"));
  EXPECT_THAT(read_error({.data = 192}), HasSubstr("beyond the end"));
  EXPECT_THAT(read_error({.data = ~uint64_t{63}}), HasSubstr("beyond the end"));
}

TEST_F(BlobStorageTest, SubBytePaddingIsChecked) {
  EXPECT_EQ(read_error({.type = 12, .padding = 2}), "");
  EXPECT_THAT(read_error({.type = 12, .padding = 1}), HasSubstr("4 bytes with 1 bits of padding"));
  EXPECT_THAT(read_error({.type = 9, .padding = 8}), HasSubstr("8 bits of padding"));
  EXPECT_THAT(read_error({.type = 9, .size = 0, .padding = 1}), HasSubstr("padding"));
}

TEST_F(BlobStorageTest, TheCountOfTheHeaderIsChecked) {
  std::string file = file_of({});
  file[0] = 2;
  EXPECT_THAT(error_of([&] { reader(file).offsets(); }), HasSubstr("blob at offset 192: outside the file"));
}

}  // namespace
}  // namespace anemone
