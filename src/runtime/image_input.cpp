// SPDX-License-Identifier: Apache-2.0
#include "runtime/image_input.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/strings.h"
#include "formats/image.h"
#include "runtime/arrays.h"

namespace anemone {
namespace {

constexpr int kRgb = 20;
constexpr int kBgr = 30;

std::string size_text(int64_t height, int64_t width) { return fmt::format("{}x{}", width, height); }

std::string range_text(const Feature::Range& range) {
  if (range.upper == range.lower) return std::to_string(range.lower);
  return range.upper < 0 ? fmt::format("{}..", range.lower) : fmt::format("{}..{}", range.lower, range.upper);
}

bool in_range(int64_t size, const Feature::Range& range) {
  return size >= range.lower && (range.upper < 0 || size <= range.upper);
}

uint8_t luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

// The value of a plane of the colour space at one pixel of `channels` samples.
float sample(const uint8_t* pixel, int64_t channels, int color_space, int64_t plane) {
  if (color_space != kRgb && color_space != kBgr) return channels < 3 ? pixel[0] : luma(pixel);
  if (channels < 3) return pixel[0];
  return pixel[color_space == kBgr ? 2 - plane : plane];
}

}  // namespace

void check_image_size(const Feature& feature, int64_t height, int64_t width) {
  const auto refuse = [&](const std::string& expected) {
    fail("input {}: the image is {}, expected {} (width x height)", feature.name, size_text(height, width), expected);
  };
  const auto& listed = feature.enumerated_shapes;
  if (!listed.empty()) {
    std::vector<std::string> sizes;
    for (const ConcreteShape& size : listed) sizes.push_back(size_text(size.at(0), size.at(1)));
    if (std::find(listed.begin(), listed.end(), ConcreteShape{height, width}) == listed.end()) refuse(any_of(sizes));
  } else if (feature.shape_ranges.size() == 2) {
    const auto& ranges = feature.shape_ranges;
    if (!in_range(height, ranges[0]) || !in_range(width, ranges[1]))
      refuse(fmt::format("{} x {}", range_text(ranges[1]), range_text(ranges[0])));
  } else if (feature.shape && *feature.shape != ConcreteShape{height, width}) {
    refuse(size_text(feature.shape->at(0), feature.shape->at(1)));
  }
}

Tensor read_input_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  if (!is_image(file->bytes())) return read_tensor(path);
  const Image image = with_context(path.string(), [&] { return decode_image(file->bytes()); });
  Tensor pixels(DType::kUInt8, {image.height, image.width, image.channels});
  std::memcpy(pixels.bytes(), image.pixels.data(), image.pixels.size());
  return pixels;
}

bool is_pixels(const Tensor& value) {
  if (value.dtype() != DType::kUInt8) return false;
  if (value.rank() == 2) return true;
  const int64_t channels = value.rank() == 3 ? value.shape()[2] : 0;
  return channels == 1 || channels == 3 || channels == 4;
}

Tensor image_tensor(const Feature& feature, const Tensor& pixels) {
  const int64_t height = pixels.shape().at(0);
  const int64_t width = pixels.shape().at(1);
  const int64_t channels = pixels.rank() == 3 ? pixels.shape()[2] : 1;
  check_image_size(feature, height, width);
  const bool color = feature.color_space == kRgb || feature.color_space == kBgr;
  Tensor tensor(DType::kFloat32, {1, color ? 3 : 1, height, width});
  const uint8_t* from = pixels.as<uint8_t>().data();
  float* to = tensor.as<float>().data();
  for (int64_t plane = 0; plane < (color ? 3 : 1); ++plane)
    for (int64_t i = 0; i < height * width; ++i)
      *to++ = sample(from + i * channels, channels, feature.color_space, plane);
  return tensor;
}

}  // namespace anemone
