// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/image_sample.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace anemone {
namespace {

// Brings a position onto an axis as the padding says. With constant padding it may stay outside, within two pixels.
double folded(double position, int64_t size, ImagePadding padding) {
  const auto n = static_cast<double>(size);
  if (!std::isfinite(position)) position = -2;
  if (padding == ImagePadding::kConstant) return std::clamp(position, -2.0, n + 1);
  if (padding == ImagePadding::kReflection) {
    position = std::fmod(std::abs(position), std::max(1.0, 2 * (n - 1)));
    if (position > n - 1) position = 2 * (n - 1) - position;
  } else if (padding == ImagePadding::kSymmetric) {
    position = std::fmod(position + 0.5, 2 * n);
    if (position < 0) position += 2 * n;
    position = (position > n ? 2 * n - position : position) - 0.5;
  }
  return std::clamp(position, 0.0, n - 1);
}

struct Plane {
  int64_t width, height;
  ImagePadding padding;

  int64_t offset(int64_t x, int64_t y) const {
    const bool inside = x >= 0 && x < width && y >= 0 && y < height;
    if (inside) return y * width + x;
    return padding == ImagePadding::kConstant
               ? -1
               : std::clamp<int64_t>(y, 0, height - 1) * width + std::clamp<int64_t>(x, 0, width - 1);
  }
};

}  // namespace

ImagePadding image_padding(const std::string& name) {
  if (name == "constant") return ImagePadding::kConstant;
  if (name == "border") return ImagePadding::kBorder;
  if (name == "reflection") return ImagePadding::kReflection;
  if (name == "symmetric") return ImagePadding::kSymmetric;
  fail("padding_mode {} is not known", name);
}

Coordinates coordinates_mode(const std::string& name) {
  if (name == "unnormalized") return Coordinates::kPixels;
  if (name == "normalized_minus_one_to_one") return Coordinates::kMinusOneToOne;
  if (name == "normalized_zero_to_one") return Coordinates::kZeroToOne;
  fail("coordinates_mode {} is not known", name);
}

double to_pixels(double coordinate, int64_t size, Coordinates mode, bool align_corners) {
  if (mode == Coordinates::kPixels) return coordinate;
  const double unit = mode == Coordinates::kMinusOneToOne ? (coordinate + 1) / 2 : coordinate;
  const auto n = static_cast<double>(size);
  return align_corners ? unit * (n - 1) : unit * n - 0.5;
}

double from_pixels(double pixel, int64_t size, Coordinates mode, bool align_corners) {
  if (mode == Coordinates::kPixels) return pixel;
  const auto n = static_cast<double>(size);
  const double unit = align_corners ? pixel / std::max(1.0, n - 1) : (pixel + 0.5) / n;
  return mode == Coordinates::kMinusOneToOne ? 2 * unit - 1 : unit;
}

PixelTaps bilinear_taps(double x, double y, int64_t width, int64_t height, ImagePadding padding) {
  PixelTaps taps;
  if (width < 1 || height < 1) return taps;
  const Plane plane{width, height, padding};
  x = folded(x, width, padding);
  y = folded(y, height, padding);
  const auto left = static_cast<int64_t>(std::floor(x));
  const auto top = static_cast<int64_t>(std::floor(y));
  const double right = x - static_cast<double>(left);
  const double below = y - static_cast<double>(top);
  taps.offsets = {plane.offset(left, top), plane.offset(left + 1, top), plane.offset(left, top + 1),
                  plane.offset(left + 1, top + 1)};
  taps.weights = {static_cast<float>((1 - right) * (1 - below)), static_cast<float>(right * (1 - below)),
                  static_cast<float>((1 - right) * below), static_cast<float>(right * below)};
  return taps;
}

PixelTaps nearest_taps(double x, double y, int64_t width, int64_t height, ImagePadding padding) {
  PixelTaps taps;
  if (width < 1 || height < 1) return taps;
  const Plane plane{width, height, padding};
  // nearbyint rounds halves to even in the default rounding mode.
  taps.offsets[0] = plane.offset(static_cast<int64_t>(std::nearbyint(folded(x, width, padding))),
                                 static_cast<int64_t>(std::nearbyint(folded(y, height, padding))));
  return taps;
}

}  // namespace anemone
