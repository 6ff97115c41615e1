// SPDX-License-Identifier: Apache-2.0
// Images as inputs: files, and pixels in the layout that a model takes.
#pragma once

#include <filesystem>

#include "ir/program.h"

namespace anemone {

// An .npy file as it is, or an image file as uint8 pixels [height, width, channels], told apart by their first bytes.
Tensor read_input_file(const std::filesystem::path& path);

// Whether a value given for an image input is pixels (uint8, [height, width] or [height, width, 1, 3 or 4]) and not the
// tensor that the function takes.
bool is_pixels(const Tensor& value);

// Throws Error naming the input when the description does not allow an image of this size.
void check_image_size(const Feature& feature, int64_t height, int64_t width);

// Pixels, grey or RGB, alpha being dropped, as [1, channels, height, width] in the colour space of the feature: RGB,
// BGR or grey (0.299 R + 0.587 G + 0.114 B in 16-bit fixed point, ITU-R BT.601). Values stay 0 to 255. The size
// is checked.
Tensor image_tensor(const Feature& feature, const Tensor& pixels);

}  // namespace anemone
