// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) for names that others verify, and a fast 64-bit hash for tables. Both are the same everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace anemone {

// 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> data);

// Not for security: equal hashes still need a comparison of the bytes.
uint64_t hash64(std::span<const std::byte> data, uint64_t seed = 0);

}  // namespace anemone
