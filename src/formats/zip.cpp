// SPDX-License-Identifier: Apache-2.0
#include "formats/zip.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace anemone {
namespace {

constexpr uint32_t kEndMark = 0x06054b50;
constexpr uint32_t kEnd64Mark = 0x06064b50;
constexpr uint32_t kLocator64Mark = 0x07064b50;
constexpr uint32_t kCentralMark = 0x02014b50;
constexpr uint32_t kLocalMark = 0x04034b50;

// Reads little-endian numbers, refusing to leave the file.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> take(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) fail("the archive is truncated");
    return bytes_.subspan(offset, size);
  }
  template <typename T>
  T number(uint64_t offset) const {
    T value = 0;
    std::memcpy(&value, take(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }
  uint64_t size() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

struct Directory {
  uint64_t offset = 0;
  uint64_t entries = 0;
};

uint64_t find_end(const Cursor& file) {
  constexpr uint64_t kEndSize = 22;
  if (file.size() < kEndSize) fail("is too short for a zip archive");
  const uint64_t lowest = file.size() > kEndSize + 65535 ? file.size() - kEndSize - 65535 : 0;
  for (uint64_t at = file.size() - kEndSize;; --at) {
    if (file.number<uint32_t>(at) == kEndMark) return at;
    if (at == lowest) fail("is not a zip archive");
  }
}

Directory find_directory(const Cursor& file) {
  const uint64_t end = find_end(file);
  Directory directory{file.number<uint32_t>(end + 16), file.number<uint16_t>(end + 10)};
  const bool has_locator = end >= 20 && file.number<uint32_t>(end - 20) == kLocator64Mark;
  if (!has_locator) return directory;
  const uint64_t end64 = file.number<uint64_t>(end - 20 + 8);
  if (file.number<uint32_t>(end64) != kEnd64Mark) fail("the zip64 directory is missing");
  return {file.number<uint64_t>(end64 + 48), file.number<uint64_t>(end64 + 32)};
}

// Sizes that do not fit 32 bits are in the extra field with id 1, in the order: size, stored size, offset.
struct Wide {
  uint64_t size, stored, offset;
};

Wide widened(const Cursor& file, uint64_t extra, uint16_t extra_size, Wide wide) {
  constexpr uint32_t kElsewhere = 0xFFFFFFFF;
  for (uint64_t at = extra; at + 4 <= extra + extra_size;) {
    const auto id = file.number<uint16_t>(at);
    const auto length = file.number<uint16_t>(at + 2);
    uint64_t field = at + 4;
    at = field + length;
    if (id != 1) continue;
    for (uint64_t* value : {&wide.size, &wide.stored, &wide.offset})
      if (*value == kElsewhere && field + 8 <= at) {
        *value = file.number<uint64_t>(field);
        field += 8;
      }
  }
  return wide;
}

}  // namespace

ZipArchive ZipArchive::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  return with_context(path.string(), [&] { return open(std::move(file)); });
}

ZipArchive ZipArchive::open(std::shared_ptr<const MappedFile> mapped) {
  ZipArchive archive;
  archive.file_ = std::move(mapped);
  const Cursor file(archive.file_->bytes());
  const Directory directory = find_directory(file);
  uint64_t at = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (file.number<uint32_t>(at) != kCentralMark) fail("the directory is damaged");
    const auto name_size = file.number<uint16_t>(at + 28);
    const auto extra_size = file.number<uint16_t>(at + 30);
    const auto name_bytes = file.take(at + 46, name_size);
    const std::string name(reinterpret_cast<const char*>(name_bytes.data()), name_bytes.size());
    const Wide wide =
        widened(file, at + 46 + name_size, extra_size,
                {file.number<uint32_t>(at + 24), file.number<uint32_t>(at + 20), file.number<uint32_t>(at + 42)});
    Member member{wide.offset, wide.size};
    if (file.number<uint16_t>(at + 10) != 0 || wide.size != wide.stored)
      member.problem = fmt::format("{} is compressed; only stored members are accepted", name);
    if (file.number<uint16_t>(at + 8) & 1U) member.problem = fmt::format("{} is encrypted", name);
    if (file.number<uint32_t>(wide.offset) != kLocalMark) fail("{} has no local header", name);
    member.offset += 30 + file.number<uint16_t>(wide.offset + 26) + file.number<uint16_t>(wide.offset + 28);
    file.take(member.offset, wide.stored);
    if (!archive.members_.emplace(name, std::move(member)).second) fail("{} is there twice", name);
    at += 46 + name_size + extra_size + file.number<uint16_t>(at + 32);
  }
  return archive;
}

void ZipArchive::Member::check() const {
  if (!problem.empty()) fail("{}", problem);
}

std::span<const std::byte> ZipArchive::bytes(const Member& member) const {
  member.check();
  return file_->bytes().subspan(member.offset, member.size);
}

}  // namespace anemone
