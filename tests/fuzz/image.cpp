// SPDX-License-Identifier: Apache-2.0
// Any bytes as an image file: what is accepted has as many samples as its size says.
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/memory.h"
#include "formats/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const anemone::Image image = anemone::decode_image(bytes);
    CHECK(image.pixels.size() == static_cast<size_t>(image.height * image.width * image.channels));
  } catch (const anemone::Error&) {
  }
  return 0;
}
