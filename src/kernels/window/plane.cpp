// SPDX-License-Identifier: Apache-2.0
#include "kernels/window/plane.h"

#include <algorithm>
#include <cstring>

namespace anemone::kernels {

SortedPlane::SortedPlane(const PlaneWindows& windows, float fill, int64_t slack) : windows_(windows) {
  const WindowShape& w = windows.width;
  const int64_t reach = (w.kernel - 1) * w.dilation / w.stride;  // of the last tap, in outputs
  part_ = w.out + reach + 1 + slack;
  row_ = part_ * w.stride;
  data_.assign(static_cast<size_t>(row_ * (windows.height.in + 1)), fill);
}

void SortedPlane::load(const float* plane) {
  for (int64_t row = 0; row < windows_.height.in; ++row)
    load_row(plane + row * windows_.width.in, data_.data() + row * row_);
}

void SortedPlane::load_row(const float* from, float* to) const {
  const WindowShape& w = windows_.width;
  // Columns that no window sees have no place.
  const int64_t seen = std::min(w.in, part_ * w.stride - w.before);
  if (w.stride == 1) {
    if (seen > 0) std::memcpy(to + w.before, from, static_cast<size_t>(seen) * sizeof(float));
    return;
  }
  for (int64_t part = 0; part < w.stride; ++part) {
    // The first column of this remainder: (column + before) mod stride == part.
    int64_t column = (part - w.before) % w.stride;
    if (column < 0) column += w.stride;
    float* place = to + part * part_ + (column + w.before) / w.stride;
    for (; column < seen; column += w.stride) *place++ = from[column];
  }
}

void SortedPlane::taps(int64_t row, const float** sources) const {
  const WindowShape& h = windows_.height;
  const WindowShape& w = windows_.width;
  for (int64_t i = 0; i < h.kernel; ++i) {
    const int64_t at = row * h.stride - h.before + i * h.dilation;
    const float* line = data_.data() + (at < 0 || at >= h.in ? h.in : at) * row_;
    for (int64_t j = 0; j < w.kernel; ++j) {
      const int64_t offset = j * w.dilation;
      *sources++ = line + offset % w.stride * part_ + offset / w.stride;
    }
  }
}

}  // namespace anemone::kernels
