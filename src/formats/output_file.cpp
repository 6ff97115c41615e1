// SPDX-License-Identifier: Apache-2.0
#include "formats/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace anemone {
namespace {

constexpr size_t kBufferSize = size_t{1} << 20;
// Systems copy several times slower when one call hands them tens of megabytes.
constexpr size_t kMostAtOnce = size_t{1} << 20;

[[noreturn]] void fail_system(const std::filesystem::path& path, std::string_view doing) {
  const int error = errno;
  fail("{}: {}: {}", path.string(), doing, std::strerror(error));
}

// A device such as /dev/full cannot be synced; that is no failure.
bool sync_descriptor(int descriptor) { return ::fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS; }

}  // namespace

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail_system(path_, "cannot be created");
}

OutputFile::~OutputFile() {
  behind_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(std::span<const std::byte> bytes) {
  CHECK(descriptor_ >= 0);
  if (buffer_.size() + bytes.size() > kBufferSize) flush();
  if (bytes.size() > kBufferSize) {
    put(bytes, size_);
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  size_ += bytes.size();
}

void OutputFile::write(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  CHECK(descriptor_ >= 0);
  if (bytes.size() <= kBufferSize) return write(bytes);
  flush();
  if (!behind_)
    behind_ = std::make_unique<WriteBehind>(
        [this](std::span<const std::byte> piece, uint64_t offset) { put(piece, offset); });
  behind_->put(bytes, size_, std::move(owner));
  size_ += bytes.size();
}

void OutputFile::write_zeros(uint64_t count) {
  constexpr std::array<std::byte, 4096> kZeros{};
  while (count > 0) {
    const auto piece = static_cast<size_t>(std::min<uint64_t>(count, kZeros.size()));
    write(std::span(kZeros).first(piece));
    count -= piece;
  }
}

void OutputFile::overwrite(uint64_t offset, std::span<const std::byte> bytes) {
  CHECK(offset <= size_ && bytes.size() <= size_ - offset);
  flush();
  put(bytes, offset);
}

void OutputFile::close() {
  flush();
  if (behind_) behind_->drain();
  if (!sync_descriptor(descriptor_)) fail_system(path_, "cannot be written");
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_system(path_, "cannot be written");
}

void OutputFile::flush() {
  put(buffer_, size_ - buffer_.size());
  buffer_.clear();
}

void OutputFile::put(std::span<const std::byte> bytes, uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), std::min(bytes.size(), kMostAtOnce), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_system(path_, "cannot be written");
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
}

void write_file(const std::filesystem::path& path, const std::function<void(OutputFile&)>& produce) {
  // Through a symlink: the file that it names is replaced, not the link.
  const auto target = std::filesystem::is_symlink(path) ? std::filesystem::weakly_canonical(path) : path;
  if (std::filesystem::is_directory(target)) fail("{}: is a folder, not a file", path.string());
  auto beside = target;
  beside += fmt::format(".partial-{}", ::getpid());
  try {
    OutputFile file(beside);
    produce(file);
    file.close();
    if (::rename(beside.c_str(), target.c_str()) != 0) fail_system(path, "cannot be replaced");
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    throw;
  }
  sync_folder(target.parent_path());
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder that can be written but not listed
  const bool synced = sync_descriptor(descriptor);
  ::close(descriptor);
  if (!synced) fail("{}: cannot be synced", folder.string());
}

}  // namespace anemone
