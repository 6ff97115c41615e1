// SPDX-License-Identifier: Apache-2.0
// Conditions of --fail-if: any text is a value or an Error.
#include "placement/condition.h"

#include <cstddef>
#include <cstdint>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const anemone::NameLookup lookup = [](std::string_view name) -> std::optional<double> {
    return name.size() % 2 == 0 ? std::optional<double>(static_cast<double>(name.size())) : std::nullopt;
  };
  try {
    anemone::holds(text, lookup, {"ops"});
  } catch (const anemone::Error&) {
  }
  return 0;
}
