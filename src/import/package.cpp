// SPDX-License-Identifier: Apache-2.0
#include "import/package.h"

#include "base/error.h"
#include "formats/package_reader.h"
#include "import/program_reader.h"

namespace anemone {
namespace {

Constant blob_constant(const BlobReader& file, uint64_t offset, const Type& type) {
  const Blob blob = file.read(offset);
  if (blob.dtype != type.dtype)
    fail("the blob at offset {} holds {}, expected {}", offset, name_of(blob.dtype), name_of(type.dtype));
  if (blob.element_count() != type.element_count())
    fail("the blob at offset {} holds {} elements, expected {} for {}", offset, blob.element_count(),
         type.element_count(), type.str());
  return Constant::mapped(file.file(), blob.data_offset, type.dtype, type.concrete());
}

}  // namespace

Program read_package(const std::filesystem::path& path, const std::filesystem::path& weights) {
  PackageReader package = PackageReader::open(path, weights);
  return with_context(path.string(), [&] {
    return read_program(package.model(), [&](const std::string& file, uint64_t offset, const Type& type) {
      return blob_constant(package.blobs(file), offset, type);
    });
  });
}

}  // namespace anemone
