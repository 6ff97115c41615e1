// SPDX-License-Identifier: Apache-2.0
// Any bytes as YAML: refused with an Error, or a value that can be written.
#include <cstdint>

#include "base/error.h"
#include "base/json.h"
#include "base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    anemone::parse_yaml({reinterpret_cast<const char*>(data), size}).dump();
  } catch (const anemone::Error&) {
  }
  return 0;
}
