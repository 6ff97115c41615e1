// SPDX-License-Identifier: Apache-2.0
// Image files as 8-bit pixels: PNG (libpng), JPEG (libjpeg), and binary PPM and PGM (netpbm's P6 and P5). Palettes and
// fewer bits are widened, 16-bit samples keep their upper byte, alpha is dropped; colour profiles are not applied.
// Errors name the file and say what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace anemone {

struct Image {
  int64_t height = 0;
  int64_t width = 0;
  int channels = 0;             // 1: grey, 3: RGB
  std::vector<uint8_t> pixels;  // height, width, channels
};

inline constexpr int64_t kMaxImagePixels = int64_t{1} << 26;

bool is_image(std::span<const std::byte> bytes);  // by its first bytes
Image read_image(const std::filesystem::path& path);
Image decode_image(std::span<const std::byte> bytes);  // Errors do not name a file

// The formats, by file.
Image decode_png(std::span<const std::byte> bytes);
Image decode_jpeg(std::span<const std::byte> bytes);
Image decode_netpbm(std::span<const std::byte> bytes);

// An image whose pixels are allocated, after a check of its size.
Image blank_image(int64_t height, int64_t width, int channels);

}  // namespace anemone
