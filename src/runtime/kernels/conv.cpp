// SPDX-License-Identifier: Apache-2.0
// Convolution with constant weights, packed once. A 1-D image is one of height 1; a 3-D convolution is a 2-D one for
// each output depth, whose channels are the slices of the input that its kernel covers; a depthwise one has windows of
// its own.
#include "kernels/conv/conv.h"

#include <cstring>

#include "base/parallel.h"
#include "ops/shared/window.h"
#include "runtime/kernel.h"
#include "runtime/shared/plane_windows.h"

namespace anemone {
namespace {

using kernels::ConvGeometry;
using kernels::ConvPlan;

class Convolver {
 public:
  Convolver(const Arguments& args, Tensor weight, std::optional<Tensor> bias, int threads)
      : spatial_(weight.shape().size() - 2),
        rule_(args, spatial_),
        kernel_(weight.shape().begin() + 2, weight.shape().end()),
        weight_(std::move(weight)),
        bias_(std::move(bias)) {
    geometry_.groups = args.integer("groups");
    geometry_.out_channels = weight_.shape()[0];
    geometry_.in_channels = weight_.shape()[1] * geometry_.groups;
    depthwise_ = weight_.shape()[1] == 1 && spatial_ < 3 && geometry_.groups > 1 && is_moderate(rule_, kernel_);
    if (depthwise_) return;
    if (spatial_ == 3) geometry_.in_channels *= kernel_[0];
    set_axis(kernel_.size() - 1, &ConvGeometry::kernel_width, &ConvGeometry::stride_width,
             &ConvGeometry::dilation_width);
    if (spatial_ > 1)
      set_axis(kernel_.size() - 2, &ConvGeometry::kernel_height, &ConvGeometry::stride_height,
               &ConvGeometry::dilation_height);
    plan_.emplace(threads, geometry_, weight_.as<float>().data());
    weight_ = Tensor();
  }

  void run(const Arguments& args, Results& results) const {
    const Tensor& x = args.tensor("x");
    std::vector<WindowAxis> axes;
    ConcreteShape shape = {x.shape()[0], geometry_.out_channels};
    for (size_t i = 0; i < spatial_; ++i) {
      const int64_t in = x.shape()[2 + i];
      shape.push_back(window_output(in, kernel_[i], rule_, i).value());
      axes.push_back(window_axis(in, kernel_[i], shape.back(), rule_, i));
    }
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    const Windows windows(axes);
    if (depthwise_) return run_depthwise(windows, x, results.threads(), out);
    if (spatial_ == 3) return run_slices(windows, x, results.threads(), out);
    run_planes(windows, x.shape()[0], x.as<float>().data(), results.threads(), out.as<float>().data());
  }

 private:
  void set_axis(size_t axis, int64_t ConvGeometry::*kernel, int64_t ConvGeometry::*stride,
                int64_t ConvGeometry::*dilation) {
    geometry_.*kernel = kernel_[axis];
    geometry_.*stride = rule_.strides[axis];
    geometry_.*dilation = rule_.dilations[axis];
  }

  const float* bias() const { return bias_ ? bias_->as<float>().data() : nullptr; }

  void run_depthwise(const Windows& windows, const Tensor& x, int threads, Tensor& out) const {
    const int64_t channels = geometry_.in_channels;
    kernels::depthwise_conv(threads, plane_windows(windows), x.shape()[0], channels, geometry_.out_channels / channels,
                            x.as<float>().data(), weight_.as<float>().data(), bias(), out.as<float>().data());
  }

  void run_planes(const Windows& windows, int64_t batch, const float* x, int threads, float* out) const {
    const auto& [depth, height, width] = windows.axes;
    ConvGeometry geometry = geometry_;  // with the padding that this size needs
    geometry.pad_top = height.before;
    geometry.pad_bottom = height.behind;
    geometry.pad_left = width.before;
    geometry.pad_right = width.behind;
    plan_->run(threads, geometry, batch, height.in, width.in, x, bias(), kernels::Activation::kNone, out);
  }

  // Each output depth on its own.
  void run_slices(const Windows& windows, const Tensor& x, int threads, Tensor& out) const {
    const WindowAxis& depth = windows.axes[0];
    const int64_t plane = windows.axes[1].in * windows.axes[2].in;
    const int64_t out_plane = windows.axes[1].out * windows.axes[2].out;
    const int64_t channels = x.shape()[1];
    Tensor slices(DType::kFloat32, {channels, depth.kernel, plane});
    Tensor product(DType::kFloat32, {geometry_.out_channels, out_plane});
    for (int64_t item = 0; item < x.shape()[0]; ++item) {
      const float* volumes = x.as<float>().data() + item * channels * depth.in * plane;
      float* to = out.as<float>().data() + item * geometry_.out_channels * depth.out * out_plane;
      for (int64_t o = 0; o < depth.out; ++o) {
        gather_slices(depth, o, volumes, channels, plane, threads, slices.as<float>().data());
        run_planes(windows, 1, slices.as<float>().data(), threads, product.as<float>().data());
        for (int64_t c = 0; c < geometry_.out_channels; ++c)
          std::memcpy(to + (c * depth.out + o) * out_plane, product.as<float>().data() + c * out_plane,
                      static_cast<size_t>(out_plane) * sizeof(float));
      }
    }
  }

  static void gather_slices(const WindowAxis& depth, int64_t o, const float* volumes, int64_t channels, int64_t plane,
                            int threads, float* slices) {
    parallel_for(threads, channels * depth.kernel, 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t source = depth.source(o, i % depth.kernel);
        const auto bytes = static_cast<size_t>(plane) * sizeof(float);
        if (source < 0)
          std::memset(slices + i * plane, 0, bytes);
        else
          std::memcpy(slices + i * plane, volumes + (i / depth.kernel * depth.in + source) * plane, bytes);
      }
    });
  }

  size_t spatial_;
  WindowRule rule_;
  std::vector<int64_t> kernel_;
  Tensor weight_;  // of a depthwise convolution
  std::optional<Tensor> bias_;
  ConvGeometry geometry_;
  bool depthwise_ = false;
  std::optional<ConvPlan> plan_;
};

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const auto weight = constant_tensor(arguments, "weight");
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() < 3 || weight->size() == 0) return std::nullopt;
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return std::nullopt;
  const auto convolver = std::make_shared<const Convolver>(arguments, *weight, bias, context.options.threads);
  PreparedKernel kernel;
  kernel.absorbed = {"weight", "bias"};
  kernel.run = [convolver](const Arguments& args, Results& results) { convolver->run(args, results); };
  return kernel;
}

}  // namespace

void register_kernel_conv(KernelTable& table);
void register_kernel_conv(KernelTable& table) { table.add({"conv", prepare}); }

}  // namespace anemone
