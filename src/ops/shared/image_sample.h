// SPDX-License-Identifier: Apache-2.0
// Samples of an image plane at arbitrary pixel positions: what resample, affine and crop_resize share. Positions are
// float64; whatever they are, nothing outside the plane is read.
#pragma once

#include <array>
#include <string>

#include "ops/shared/sampling.h"

namespace anemone {

enum class ImagePadding {
  kConstant,    // a given value
  kBorder,      // the nearest pixel
  kReflection,  // mirrored about the centres of the edge pixels
  kSymmetric,   // mirrored about the outer edges of the edge pixels
};
ImagePadding image_padding(const std::string& name);  // Error when there is none of this name

// How coordinates count pixels.
enum class Coordinates { kPixels, kMinusOneToOne, kZeroToOne };
Coordinates coordinates_mode(const std::string& name);
// With align_corners the extreme coordinates are the centres of the edge pixels, else their outer edges.
double to_pixels(double coordinate, int64_t size, Coordinates mode, bool align_corners);
double from_pixels(double pixel, int64_t size, Coordinates mode, bool align_corners);

// Up to four pixels of a plane with their weights; an offset of -1 stands for the padding value.
struct PixelTaps {
  std::array<int64_t, 4> offsets{-1, -1, -1, -1};
  std::array<float, 4> weights{1, 0, 0, 0};

  float of(const float* plane, float padding_value) const {
    float sum = 0;
    for (size_t i = 0; i < offsets.size(); ++i) {
      if (weights[i] != 0) sum += weights[i] * (offsets[i] < 0 ? padding_value : plane[offsets[i]]);
    }
    return sum;
  }
};
PixelTaps bilinear_taps(double x, double y, int64_t width, int64_t height, ImagePadding padding);
PixelTaps nearest_taps(double x, double y, int64_t width, int64_t height, ImagePadding padding);  // ties to even

}  // namespace anemone
