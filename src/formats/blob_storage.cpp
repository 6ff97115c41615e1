// SPDX-License-Identifier: Apache-2.0
#include "formats/blob_storage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"
#include "formats/lfs_pointer.h"

namespace anemone {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint64_t kRecordSize = 64;  // of the file header and of a blob's metadata
constexpr uint32_t kVersion = 2;
constexpr uint32_t kSentinel = 0xDEADBEEF;

// Position in the list + 1 is the format's code.
constexpr std::array<DType, 17> kCodes = {
    DType::kFloat16, DType::kFloat32, DType::kUInt8,  DType::kInt8,         DType::kBFloat16,  DType::kInt16,
    DType::kUInt16,  DType::kInt4,    DType::kUInt1,  DType::kUInt2,        DType::kUInt4,     DType::kUInt3,
    DType::kUInt6,   DType::kInt32,   DType::kUInt32, DType::kFloat8E4M3FN, DType::kFloat8E5M2};

template <typename T>
T load(std::span<const std::byte> bytes, size_t offset) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8 | std::to_integer<T>(bytes[offset + i]));
  return value;
}

template <typename T>
void store(std::span<std::byte> bytes, size_t offset, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) bytes[offset + i] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
}

// Offsets here are below the file size, so this cannot overflow.
uint64_t align(uint64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

std::array<std::byte, kRecordSize> header_record(uint32_t count) {
  std::array<std::byte, kRecordSize> record{};
  store(record, 0, count);
  store(record, 4, kVersion);
  return record;
}

// Unused bits at the end of the last byte.
int padding_bits(DType dtype, int64_t element_count, int64_t size) {
  return static_cast<int>(static_cast<uint64_t>(size) * 8 -
                          static_cast<uint64_t>(element_count) * static_cast<uint64_t>(bit_width(dtype)));
}

std::array<std::byte, kRecordSize> blob_record(DType dtype, uint64_t size, uint64_t data_offset, int padding) {
  const auto* code = std::find(kCodes.begin(), kCodes.end(), dtype);
  std::array<std::byte, kRecordSize> record{};
  store(record, 0, kSentinel);
  store(record, 4, static_cast<uint32_t>(code - kCodes.begin() + 1));
  store(record, 8, size);
  store(record, 16, data_offset);
  store(record, 24, static_cast<uint64_t>(padding));
  return record;
}

// Files from before sub-byte types may hold anything in the padding field, so it counts for those types only.
int check_padding(DType dtype, uint64_t size, uint64_t padding) {
  const auto bits = static_cast<uint64_t>(bit_width(dtype));
  if (!is_sub_byte(dtype)) {
    if (size % (bits / 8) != 0) fail("{} bytes are no whole number of {} elements", size, name_of(dtype));
    return 0;
  }
  if (padding >= 8 || padding > size * 8 || (size * 8 - padding) % bits != 0)
    fail("{} bytes with {} bits of padding are no whole number of {} elements", size, padding, name_of(dtype));
  return static_cast<int>(padding);
}

}  // namespace

bool has_blob_type(DType dtype) { return std::find(kCodes.begin(), kCodes.end(), dtype) != kCodes.end(); }

int64_t Blob::element_count() const {
  return (static_cast<int64_t>(bytes.size()) * 8 - padding_bits) / bit_width(dtype);
}

BlobReader::BlobReader(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  with_context(file_->path().string(), [&] {
    const auto bytes = file_->bytes();
    refuse_lfs_pointer(bytes);
    if (bytes.size() < kRecordSize) fail("is too short for a weight file: {} bytes", bytes.size());
    const auto version = load<uint32_t>(bytes, 4);
    if (version != kVersion) fail("is not a weight file of version {}: it says {}", kVersion, version);
  });
}

Blob BlobReader::read(uint64_t offset) const {
  return with_context(fmt::format("{}: blob at offset {}", file_->path().string(), offset),
                      [&] { return read_record(offset); });
}

Blob BlobReader::read_record(uint64_t offset) const {
  const auto bytes = file_->bytes();
  if (offset % kAlignment != 0) fail("the offset is not a multiple of {}", kAlignment);
  if (offset < kRecordSize || offset > bytes.size() || bytes.size() - offset < kRecordSize)
    fail("outside the file, which has {} bytes", bytes.size());
  const auto record = bytes.subspan(static_cast<size_t>(offset), kRecordSize);
  if (load<uint32_t>(record, 0) != kSentinel) fail("no blob starts here: its sentinel is missing");
  const auto code = load<uint32_t>(record, 4);
  if (code == 0 || code > kCodes.size()) fail("unknown data type {}", code);
  const DType dtype = kCodes[code - 1];
  const auto size = load<uint64_t>(record, 8);
  const auto data = load<uint64_t>(record, 16);
  if (data % kAlignment != 0 || data < offset + kRecordSize) fail("its data offset {} is wrong", data);
  if (data > bytes.size() || size > bytes.size() - data)
    fail("its {} bytes at {} reach beyond the end of the file, which has {} bytes", size, data, bytes.size());
  if (size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 8) fail("{} bytes are too many", size);
  const int padding = check_padding(dtype, size, load<uint64_t>(record, 24));
  return {dtype, bytes.subspan(static_cast<size_t>(data), static_cast<size_t>(size)), data, padding};
}

std::vector<uint64_t> BlobReader::offsets() const {
  std::vector<uint64_t> offsets;
  uint64_t offset = kRecordSize;
  for (auto left = load<uint32_t>(file_->bytes(), 0); left > 0; --left) {
    const Blob blob = read(offset);
    offsets.push_back(offset);
    offset = align(blob.data_offset + blob.bytes.size());
  }
  return offsets;
}

BlobWriter::BlobWriter(std::filesystem::path path) : file_(std::move(path)) { file_.write(header_record(0)); }

// The metadata of the blob whose bytes come next.
uint64_t BlobWriter::append_record(DType dtype, int64_t element_count) {
  CHECK(has_blob_type(dtype));
  const auto size = byte_size(dtype, element_count);
  CHECK(size && count_ < std::numeric_limits<uint32_t>::max());
  const uint64_t offset = align(file_.size());
  file_.write_zeros(offset - file_.size());
  file_.write(blob_record(dtype, static_cast<uint64_t>(*size), offset + kRecordSize,
                          padding_bits(dtype, element_count, *size)));
  ++count_;
  return offset;
}

uint64_t BlobWriter::append(DType dtype, int64_t element_count, const std::function<void(const Sink&)>& produce) {
  const uint64_t offset = append_record(dtype, element_count);
  produce([this](std::span<const std::byte> chunk) { file_.write(chunk); });
  CHECK(file_.size() - offset - kRecordSize == static_cast<uint64_t>(*byte_size(dtype, element_count)));
  return offset;
}

uint64_t BlobWriter::append(DType dtype, int64_t element_count, std::span<const std::byte> bytes) {
  return append(dtype, element_count, [bytes](const Sink& sink) { sink(bytes); });
}

uint64_t BlobWriter::append(DType dtype, int64_t element_count, std::span<const std::byte> bytes,
                            std::shared_ptr<const void> owner) {
  CHECK(byte_size(dtype, element_count) == static_cast<int64_t>(bytes.size()));
  const uint64_t offset = append_record(dtype, element_count);
  file_.write(bytes, std::move(owner));
  return offset;
}

void BlobWriter::close() {
  file_.overwrite(0, header_record(count_));
  file_.close();
}

uint64_t BlobWriter::size_with(uint64_t data_size) const { return align(file_.size()) + kRecordSize + data_size; }

}  // namespace anemone
