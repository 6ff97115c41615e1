// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared/plane_windows.h"

namespace anemone {
namespace {

constexpr int64_t kLongestReach = 4096;
constexpr int64_t kLargestStride = 64;

kernels::WindowShape shape_of(const WindowAxis& axis) {
  return {axis.in, axis.out, axis.kernel, axis.stride, axis.dilation, axis.before};
}

}  // namespace

kernels::PlaneWindows plane_windows(const Windows& windows) {
  return {shape_of(windows.axes[1]), shape_of(windows.axes[2])};
}

bool is_moderate(const WindowRule& rule, const std::vector<int64_t>& kernel) {
  for (size_t i = 0; i < kernel.size(); ++i)
    if (kernel[i] > kLongestReach || rule.dilations[i] > kLongestReach / kernel[i] || rule.strides[i] > kLargestStride)
      return false;
  return true;
}

}  // namespace anemone
