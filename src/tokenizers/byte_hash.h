// SPDX-License-Identifier: Apache-2.0
// A quick hash of short byte strings for tables in memory. Results are never stored, so they may differ between
// machines.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace anemone {

inline uint64_t hash_bytes(std::string_view bytes) {
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15U;
  const auto mix = [](uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * kFactor;
    return hash ^ hash >> 32;
  };
  uint64_t hash = bytes.size() * kFactor;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (uint64_t word = 0; left >= 8; at += 8, left -= 8) {
    std::memcpy(&word, at, 8);
    hash = mix(hash, word);
  }
  if (left == 0) return mix(hash, 0);
  uint64_t word = 0;
  std::memcpy(&word, at, left);
  return mix(mix(hash, word), 0);
}

}  // namespace anemone
