// SPDX-License-Identifier: Apache-2.0
// Windows that slide over the spatial axes of [batch, channels, spatial...]: what convolutions and pools share. The
// strides, dilations, pads and padding rules are those of MIL; "same" puts the odd element of padding behind,
// "same_lower" in front.
#pragma once

#include <array>

#include "ir/op_definition.h"

namespace anemone {

// The arguments `strides`, `dilations`, `pad_type`, `pad` as read for a number of spatial axes, with defaults, checked.
struct WindowRule {
  std::vector<int64_t> strides, dilations;
  std::string pad_type;
  std::vector<int64_t> pad;  // before and behind each axis

  WindowRule(const Arguments& args, size_t spatial);
};

// Whether a conv looks at one position for each output, all of them, in one group: a product over the channels.
bool is_pointwise_convolution(const Arguments& args);

// One axis of a known size.
struct WindowAxis {
  int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1;
  int64_t before = 0, behind = 0;  // padding
  bool transposed = false;

  // The input position under tap `tap` of output `o`, or -1 when there is none.
  int64_t source(int64_t o, int64_t tap) const {
    int64_t position = o * stride - before + tap * dilation;
    if (transposed) {
      position = o + before - tap * dilation;
      if (position % stride != 0) return -1;
      position /= stride;
    }
    return position < 0 || position >= in ? -1 : position;
  }
};

// Size of a convolution's or (dilation 1) a pool's output axis. Error when it is not positive.
Dim window_output(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis, bool ceil_mode = false);

// The axis with its padding resolved; `out` as inferred.
WindowAxis window_axis(int64_t in, int64_t kernel, int64_t out, const WindowRule& rule, size_t axis);

// The same of a transposed convolution: "same" gives size * stride, "custom" takes the pads off the full result; its
// axes for an input x [N, C, spatial...], with `output_shape` when that is given.
Dim transposed_output(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis);
std::vector<WindowAxis> transposed_axes(const Arguments& args, const ConcreteShape& x, const ConcreteShape& kernel);

// Three axes, size 1 ones in front.
struct Windows {
  std::array<WindowAxis, 3> axes;

  explicit Windows(const std::vector<WindowAxis>& spatial);

  int64_t inputs() const { return axes[0].in * axes[1].in * axes[2].in; }
  int64_t outputs() const { return axes[0].out * axes[1].out * axes[2].out; }
  int64_t taps() const { return axes[0].kernel * axes[1].kernel * axes[2].kernel; }
};

// kernel_sizes, checked to be one for each spatial axis.
std::vector<int64_t> pool_kernel(const Arguments& args, size_t spatial);
// The windows of a pool (kernel_sizes, strides, pad_type, pad, ceil_mode) over x [N, C, spatial...].
Windows pool_windows(const Arguments& args, const ConcreteShape& x);

// The input positions that window `o` of a pool (dilation 1) covers, and how many positions of input and padding.
struct WindowSpan {
  int64_t first, end, padded;

  WindowSpan(const WindowAxis& axis, int64_t o);
  int64_t count() const { return end > first ? end - first : 0; }
};

}  // namespace anemone
