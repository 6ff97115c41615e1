// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>

#include "base/error.h"
#include "formats/image.h"

namespace anemone {
namespace {

// Deflate makes at most 1032 bytes of one, and a pixel may take one bit.
constexpr int64_t kMostPixelsPerByte = 1032 * 8;

// libpng leaves its calls by longjmp: everything with a destructor lives here, outside the functions that it leaves.
struct Decoder {
  explicit Decoder(std::span<const std::byte> file) : bytes(file) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info = png ? png_create_info_struct(png) : nullptr;
    if (!info) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png, this, on_read);
  }
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  static void on_error(png_structp png, png_const_charp text) {
    auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
    std::strncpy(decoder->message, text, sizeof(decoder->message) - 1);
    std::longjmp(decoder->leave, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep to, size_t count) {
    auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
    if (count > decoder->bytes.size() - decoder->at) png_error(png, "the file is truncated");
    std::memcpy(to, decoder->bytes.data() + decoder->at, count);
    decoder->at += count;
  }

  std::span<const std::byte> bytes;
  size_t at = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf leave;
  char message[256] = {};
  int64_t height = 0;
  int64_t width = 0;
  int channels = 0;
  std::vector<png_bytep> rows;
};

// Header, and the conversions to 8-bit grey or RGB. False when libpng failed.
bool read_header(Decoder& decoder) {
  if (setjmp(decoder.leave)) return false;
  png_structp png = decoder.png;
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_read_info(png, decoder.info);
  decoder.width = png_get_image_width(png, decoder.info);
  decoder.height = png_get_image_height(png, decoder.info);
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
  decoder.channels = png_get_channels(png, decoder.info);
  return true;
}

bool read_rows(Decoder& decoder) {
  if (setjmp(decoder.leave)) return false;
  png_read_image(decoder.png, decoder.rows.data());
  return true;
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes) {
  Decoder decoder(bytes);
  if (!read_header(decoder)) fail("PNG: {}", decoder.message);
  if (decoder.channels != 1 && decoder.channels != 3) fail("PNG: {} channels", decoder.channels);
  if (decoder.height > static_cast<int64_t>(bytes.size()) * kMostPixelsPerByte / std::max<int64_t>(1, decoder.width))
    fail("PNG: the file is too short for {}x{} pixels", decoder.width, decoder.height);
  Image image = blank_image(decoder.height, decoder.width, decoder.channels);
  const auto stride = static_cast<size_t>(image.width * image.channels);
  if (png_get_rowbytes(decoder.png, decoder.info) != stride) fail("PNG: the rows have an unexpected length");
  for (int64_t row = 0; row < image.height; ++row)
    decoder.rows.push_back(image.pixels.data() + static_cast<size_t>(row) * stride);
  if (!read_rows(decoder)) fail("PNG: {}", decoder.message);
  return image;
}

}  // namespace anemone
