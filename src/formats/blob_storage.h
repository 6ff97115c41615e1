// SPDX-License-Identifier: Apache-2.0
// MIL blob storage, version 2: the weight files of Core ML packages (coremltools, mlmodel/src/MILBlob). A blob is found
// by the offset of its 64-byte metadata record. Sub-byte elements are packed least significant bit first. bool, fp64
// and 64-bit integers have no place in this format. Errors name the file and the offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/dtype.h"
#include "base/mapped_file.h"
#include "formats/output_file.h"

namespace anemone {

// Whether blobs of this type exist.
bool has_blob_type(DType dtype);

struct Blob {
  DType dtype;
  std::span<const std::byte> bytes;  // inside the file; starts at a multiple of 64
  uint64_t data_offset;
  int padding_bits;  // unused high bits of the last byte; 0 for types of whole bytes
  int64_t element_count() const;
};

class BlobReader {
 public:
  // Checks the file header.
  explicit BlobReader(std::shared_ptr<const MappedFile> file);

  // The blob whose metadata record is at `offset`, fully checked against the file.
  Blob read(uint64_t offset) const;
  // The metadata offsets of all blobs in file order, as many as the header counts.
  std::vector<uint64_t> offsets() const;
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  Blob read_record(uint64_t offset) const;

  std::shared_ptr<const MappedFile> file_;
};

class BlobWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;

  // Creates the file. It is a valid weight file once close() has returned.
  explicit BlobWriter(std::filesystem::path path);

  // Appends a blob and returns the offset to refer to it by. `produce` passes the packed bytes in order, in chunks of
  // any size, that together are exactly byte_size(dtype, element_count).
  uint64_t append(DType dtype, int64_t element_count, const std::function<void(const Sink&)>& produce);
  uint64_t append(DType dtype, int64_t element_count, std::span<const std::byte> bytes);
  // The same, of bytes that `owner` keeps alive: long ones are written while the caller goes on.
  uint64_t append(DType dtype, int64_t element_count, std::span<const std::byte> bytes,
                  std::shared_ptr<const void> owner);
  void close();

  // File size so far, and what it would be after one more blob of `data_size` bytes.
  uint64_t size() const { return file_.size(); }
  uint64_t size_with(uint64_t data_size) const;
  uint32_t count() const { return count_; }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  uint64_t append_record(DType dtype, int64_t element_count);

  OutputFile file_;
  uint32_t count_ = 0;
};

}  // namespace anemone
