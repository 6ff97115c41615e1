// SPDX-License-Identifier: Apache-2.0
// Memory for arrays whose size a file decides: aligned for vector loads, uninitialised, and never more at once than the
// machine has, so that a hostile size is an error and not a killed process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace anemone {

inline constexpr size_t kMemoryAlignment = 64;

// Throws Error when it would exceed the limit or there is no memory left.
std::shared_ptr<std::byte> aligned_bytes(size_t size);

// The most bytes that one piece may have: what the machine has, unless set lower (by tests and fuzzers).
uint64_t memory_limit();
void set_memory_limit(uint64_t bytes);

}  // namespace anemone
