// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/window.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

std::vector<int64_t> positive(const Arguments& args, const char* name, size_t count) {
  if (!args.has(name)) return std::vector<int64_t>(count, 1);
  auto values = args.integers(name);
  if (values.size() != count) fail("{} has {} elements, expected {}", name, values.size(), count);
  for (const int64_t value : values) {
    if (value < 1) fail("{} contains {}, expected at least 1", name, value);
  }
  return values;
}

// Far above what memory holds, far below what overflows.
constexpr int64_t kLargestAxis = int64_t{1} << 40;

bool is_same(const WindowRule& rule) { return rule.pad_type == "same" || rule.pad_type == "same_lower"; }

int64_t ceil_divided(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

int64_t same_padding(int64_t in, int64_t extent, int64_t stride) {
  return std::max<int64_t>(0, (ceil_divided(in, stride) - 1) * stride + extent - in);
}

int64_t concrete_output(int64_t in, int64_t extent, int64_t padding, int64_t stride, bool ceil_mode) {
  const int64_t span = in + padding - extent;
  int64_t out = span < 0 ? 0 : span / stride + 1;
  if (!ceil_mode || span < 0) return out;
  out = ceil_divided(span, stride) + 1;
  // A window must not begin in the padding behind.
  if (padding > 0 && 2 * (out - 1) * stride >= 2 * in + padding) --out;
  return out;
}

}  // namespace

WindowRule::WindowRule(const Arguments& args, size_t spatial)
    : strides(positive(args, "strides", spatial)),
      dilations(positive(args, "dilations", spatial)),
      pad_type(args.text("pad_type")),
      pad(2 * spatial, 0) {
  std::transform(pad_type.begin(), pad_type.end(), pad_type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (pad_type != "valid" && pad_type != "custom" && !is_same(*this)) fail("pad_type {} is not known", pad_type);
  if (pad_type == "same_lower" && args.opset() < 6) fail("pad_type same_lower needs CoreML6");
  if (pad_type != "custom" || !args.has("pad")) return;
  pad = args.integers("pad");
  if (pad.size() != 2 * spatial) fail("pad has {} elements, expected {}", pad.size(), 2 * spatial);
  for (const int64_t value : pad) {
    if (value < 0) fail("pad contains {}, expected at least 0", value);
  }
}

bool is_pointwise_convolution(const Arguments& args) {
  const Type& weight = args.type("weight");
  const int rank = weight.rank();
  if (args.type("x").rank() != rank || rank < 3 || args.integer("groups") != 1) return false;
  const WindowRule rule(args, static_cast<size_t>(rank - 2));
  const auto is = [](int64_t wanted) { return [=](int64_t value) { return value == wanted; }; };
  return std::all_of(weight.shape.begin() + 2, weight.shape.end(), [](const Dim& dim) { return dim == Dim(1); }) &&
         std::all_of(rule.strides.begin(), rule.strides.end(), is(1)) &&
         (rule.pad_type != "custom" || std::all_of(rule.pad.begin(), rule.pad.end(), is(0)));
}

Dim window_output(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis, bool ceil_mode) {
  const int64_t stride = rule.strides[axis];
  const Dim extent = (kernel - 1) * rule.dilations[axis] + 1;
  const Dim padding = rule.pad[2 * axis] + rule.pad[2 * axis + 1];
  if (kernel.is_constant() && kernel.value() < 1) fail("a kernel dimension is {}", kernel.str());
  if (!in.is_constant() || !extent.is_constant()) {
    if (is_same(rule)) return stride == 1 ? in : Dim::unknown();
    if (ceil_mode) return Dim::unknown();
    return (in + padding - extent).divided_by(stride) + 1;
  }
  if (in.value() > kLargestAxis || extent.value() > kLargestAxis) fail("spatial dimension {} is too large", axis);
  const int64_t total = is_same(rule) ? same_padding(in.value(), extent.value(), stride) : padding.value();
  const int64_t out = concrete_output(in.value(), extent.value(), total, stride, ceil_mode);
  if (out < 1) fail("spatial dimension {} of size {} is smaller than the kernel's {}", axis, in.str(), extent.str());
  return out;
}

WindowAxis window_axis(int64_t in, int64_t kernel, int64_t out, const WindowRule& rule, size_t axis) {
  WindowAxis result;
  result.in = in;
  result.out = out;
  result.kernel = kernel;
  result.stride = rule.strides[axis];
  result.dilation = rule.dilations[axis];
  result.before = rule.pad[2 * axis];
  result.behind = rule.pad[2 * axis + 1];
  if (is_same(rule)) {
    const int64_t total = same_padding(in, (kernel - 1) * result.dilation + 1, result.stride);
    result.before = rule.pad_type == "same" ? total / 2 : total - total / 2;
    result.behind = total - result.before;
  }
  return result;
}

namespace {

Dim full_size(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis) {
  return (in - 1) * rule.strides[axis] + (kernel - 1) * rule.dilations[axis] + 1;
}

WindowAxis axis_of(int64_t in, int64_t kernel, int64_t out, const WindowRule& rule, size_t axis) {
  WindowAxis result;
  result.in = in;
  result.out = out;
  result.kernel = kernel;
  result.stride = rule.strides[axis];
  result.dilation = rule.dilations[axis];
  result.before = rule.pad[2 * axis];
  result.transposed = true;
  if (is_same(rule)) {
    const int64_t extra = std::max<int64_t>(0, full_size(in, kernel, rule, axis).value() - out);
    result.before = rule.pad_type == "same" ? extra / 2 : extra - extra / 2;
  }
  return result;
}

}  // namespace

Dim transposed_output(const Dim& in, const Dim& kernel, const WindowRule& rule, size_t axis) {
  if (kernel.is_constant() && kernel.value() < 1) fail("a kernel dimension is {}", kernel.str());
  const Dim out = is_same(rule) ? in * rule.strides[axis]
                                : full_size(in, kernel, rule, axis) - rule.pad[2 * axis] - rule.pad[2 * axis + 1];
  if (out.is_constant() && out.value() < 1) fail("spatial dimension {} has size {}", axis, out.str());
  return out;
}

std::vector<WindowAxis> transposed_axes(const Arguments& args, const ConcreteShape& x, const ConcreteShape& kernel) {
  const WindowRule rule(args, kernel.size());
  std::vector<WindowAxis> axes;
  for (size_t i = 0; i < kernel.size(); ++i) {
    const int64_t out = args.has("output_shape") ? args.integers("output_shape").at(2 + i)
                                                 : transposed_output(x[2 + i], kernel[i], rule, i).value();
    axes.push_back(axis_of(x[2 + i], kernel[i], out, rule, i));
  }
  return axes;
}

Windows::Windows(const std::vector<WindowAxis>& spatial) {
  CHECK(spatial.size() <= axes.size());
  std::copy_backward(spatial.begin(), spatial.end(), axes.end());
}

std::vector<int64_t> pool_kernel(const Arguments& args, size_t spatial) {
  auto sizes = args.integers("kernel_sizes");
  if (sizes.size() != spatial) fail("kernel_sizes has {} elements, expected {}", sizes.size(), spatial);
  return sizes;
}

Windows pool_windows(const Arguments& args, const ConcreteShape& x) {
  const size_t spatial = x.size() - 2;
  const WindowRule rule(args, spatial);
  const auto kernel = pool_kernel(args, spatial);
  std::vector<WindowAxis> axes;
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t out = window_output(x[2 + i], kernel[i], rule, i, args.flag("ceil_mode")).value();
    axes.push_back(window_axis(x[2 + i], kernel[i], out, rule, i));
  }
  return Windows(axes);
}

WindowSpan::WindowSpan(const WindowAxis& axis, int64_t o) {
  const int64_t begin = o * axis.stride - axis.before;
  first = std::max<int64_t>(begin, 0);
  end = std::min(begin + axis.kernel, axis.in);
  padded = std::min(begin + axis.kernel, axis.in + axis.behind) - begin;
}

}  // namespace anemone
