// SPDX-License-Identifier: Apache-2.0
// Gives fuzzed bytes a path, because the readers map files: one scratch file per process, in memory where possible.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/mapped_file.h"

namespace anemone::fuzz {

class ScratchFile {
 public:
  ScratchFile() {
    const char* folder = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    path_ = std::string(folder) + "/anemone-fuzz-" + std::to_string(::getpid());
  }
  ~ScratchFile() { ::unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& path() const { return path_; }

  // Replaces the file; older maps keep their bytes.
  void write(std::span<const std::byte> bytes) const {
    ::unlink(path_.c_str());
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (descriptor < 0 || ::write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      std::abort();
    ::close(descriptor);
  }

 private:
  std::string path_;
};

// Reads every byte, so that a span outside its file is noticed.
inline volatile uint8_t touched = 0;
inline void touch(std::span<const std::byte> bytes) {
  uint8_t sum = 0;
  for (const std::byte byte : bytes) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(byte));
  touched = sum;
}

inline uint64_t next_random(uint64_t& state) {  // splitmix64
  uint64_t z = state += 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return z ^ z >> 31;
}

}  // namespace anemone::fuzz
