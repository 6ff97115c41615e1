// SPDX-License-Identifier: Apache-2.0
#include "formats/image.h"

#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/mapped_file.h"

namespace anemone {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpeg = "\xff\xd8\xff";

bool starts_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

bool is_netpbm(std::span<const std::byte> bytes) { return starts_with(bytes, "P5") || starts_with(bytes, "P6"); }

// The header of a netpbm file: words separated by white space, comments from # to the end of the line.
class HeaderReader {
 public:
  explicit HeaderReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  int64_t number() {
    skip_space();
    int64_t value = 0;
    const size_t begin = at_;
    for (; at_ < bytes_.size() && is_digit(peek()); ++at_) {
      value = value * 10 + (peek() - '0');
      if (value > kMaxImagePixels) fail("a number in the header is too large");
    }
    if (at_ == begin) fail("the header is malformed");
    return value;
  }

  // What follows the header and one byte of white space.
  std::span<const std::byte> rest() const {
    if (at_ >= bytes_.size()) fail("the file is truncated");
    return bytes_.subspan(at_ + 1);
  }

  void skip(size_t count) { at_ += count; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek() const { return static_cast<char>(bytes_[at_]); }

  void skip_space() {
    while (at_ < bytes_.size() &&
           (peek() == '#' || std::string_view(" \t\r\n\v\f").find(peek()) != std::string::npos)) {
      const bool comment = peek() == '#';
      ++at_;
      while (comment && at_ < bytes_.size() && peek() != '\n') ++at_;
    }
  }

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
};

}  // namespace

Image blank_image(int64_t height, int64_t width, int channels) {
  if (height <= 0 || width <= 0) fail("the image is empty");
  if (height > kMaxImagePixels / width)
    fail("the image has {}x{} pixels (width x height), more than {}", width, height, kMaxImagePixels);
  Image image{height, width, channels, {}};
  image.pixels.resize(static_cast<size_t>(height * width * channels));
  return image;
}

Image decode_netpbm(std::span<const std::byte> bytes) {
  if (!is_netpbm(bytes)) fail("is not a binary PPM or PGM image");
  const int channels = static_cast<char>(bytes[1]) == '6' ? 3 : 1;
  HeaderReader header(bytes);
  header.skip(2);
  const int64_t width = header.number();
  const int64_t height = header.number();
  const int64_t maximum = header.number();
  if (maximum != 255) fail("the largest value is {}, expected 255", maximum);
  const auto pixels = header.rest();
  if (height > 0 && width > 0 && static_cast<int64_t>(pixels.size()) / channels / width < height)
    fail("the file is truncated");
  Image image = blank_image(height, width, channels);
  std::memcpy(image.pixels.data(), pixels.data(), image.pixels.size());
  return image;
}

bool is_image(std::span<const std::byte> bytes) {
  return starts_with(bytes, kPng) || starts_with(bytes, kJpeg) || is_netpbm(bytes);
}

Image decode_image(std::span<const std::byte> bytes) {
  if (starts_with(bytes, kPng)) return decode_png(bytes);
  if (starts_with(bytes, kJpeg)) return decode_jpeg(bytes);
  if (is_netpbm(bytes)) return decode_netpbm(bytes);
  fail("is not a PNG, JPEG, PPM or PGM image");
}

Image read_image(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] { return decode_image(file->bytes()); });
}

}  // namespace anemone
