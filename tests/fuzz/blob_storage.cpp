// SPDX-License-Identifier: Apache-2.0
// Any bytes as a weight file: each record is refused with an Error or lies inside the file. The mutator changes fields
// of the header and of the records, which start at multiples of 64, more often than bytes of the data.
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "formats/blob_storage.h"
#include "scratch_file.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using anemone::fuzz::next_random;

struct Field {
  size_t offset;
  size_t size;
};
constexpr Field kFields[] = {{0, 4}, {4, 4}, {8, 8}, {16, 8}, {24, 8}};

uint64_t interesting(uint64_t& random, size_t size) {
  switch (next_random(random) % 8) {
    case 0:
      return 0xDEADBEEF;
    case 1:
      return ~uint64_t{0} - next_random(random) % 130;
    case 2:
      return size - next_random(random) % 130;
    case 3:
      return next_random(random) % 4096 * 64;
    case 4:
      return uint64_t{1} << next_random(random) % 64;
    default:
      return next_random(random) % 24;
  }
}

// A record that is right in itself, so that changes of single fields are reached.
void put_record(uint8_t* at, uint64_t offset, uint64_t& random) {
  const uint32_t head[] = {0xDEADBEEF, static_cast<uint32_t>(1 + next_random(random) % 17)};
  const uint64_t rest[] = {next_random(random) % 13, offset + 64, next_random(random) % 8};
  std::memcpy(at, head, sizeof head);
  std::memcpy(at + 8, rest, sizeof rest);
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  const uint64_t choice = next_random(random) % 8;
  if (size < 128 || choice == 0) return LLVMFuzzerMutate(data, size, max_size);
  const uint64_t record = next_random(random) % (size / 64) * 64;
  if (choice <= 2 && record > 0) {
    put_record(data + record, record, random);
  } else {
    const Field field = kFields[next_random(random) % std::size(kFields)];
    const uint64_t value = interesting(random, size);
    std::memcpy(data + record + field.offset, &value, field.size);
  }
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const anemone::fuzz::ScratchFile scratch;
  scratch.write(std::as_bytes(std::span(data, size)));
  try {
    const anemone::BlobReader reader(anemone::MappedFile::open(scratch.path()));
    for (uint64_t offset = 0; offset <= size + 64; offset += 32) {
      try {
        const anemone::Blob blob = reader.read(offset);
        CHECK(blob.element_count() >= 0);
        CHECK(anemone::byte_size(blob.dtype, blob.element_count()) == static_cast<int64_t>(blob.bytes.size()));
        anemone::fuzz::touch(blob.bytes);
      } catch (const anemone::Error&) {
      }
    }
    for (const uint64_t offset : reader.offsets()) reader.read(offset);
  } catch (const anemone::Error&) {
  }
  return 0;
}
