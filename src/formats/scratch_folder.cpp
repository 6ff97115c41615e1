// SPDX-License-Identifier: Apache-2.0
#include "formats/scratch_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"

namespace anemone {
namespace {

// Without asking the disk to keep anything.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("{}: no room for intermediate results: {}", path.parent_path().string(), std::strerror(errno));
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

}  // namespace

std::shared_ptr<const MappedFile> ScratchFolder::keep(std::span<const std::byte> bytes) {
  const std::filesystem::path path = folder_.folder() / std::to_string(count_++);
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) fail("{}: {}", path.string(), std::strerror(errno));
  try {
    write_all(descriptor, bytes, path);
  } catch (const Error&) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
  auto file = MappedFile::open(path);
  ::unlink(path.c_str());
  return file;
}

}  // namespace anemone
