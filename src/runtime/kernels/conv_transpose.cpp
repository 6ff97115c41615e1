// SPDX-License-Identifier: Apache-2.0
// Transposed convolution with constant weights: a product for every (output channel, tap) at every input position, as a
// 1x1 convolution, and then the sums under the kernel.
#include "kernels/conv/conv.h"
#include "kernels/conv/spread.h"
#include "ops/shared/window.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::ConvGeometry;
using kernels::ConvPlan;

// Output channels of a group whose products are made at once: these should stay in cache.
constexpr int64_t kProductsAtOnce = 512;

class Transposed {
 public:
  Transposed(const Arguments& args, const Tensor& weight, std::optional<Tensor> bias, int threads)
      : kernel_(weight.shape().begin() + 2, weight.shape().end()),
        taps_(product(kernel_)),
        groups_(args.integer("groups")),
        inputs_(weight.shape()[0] / groups_),
        outputs_(weight.shape()[1]),
        step_(std::clamp<int64_t>(kProductsAtOnce / taps_, 1, outputs_)),
        bias_(std::move(bias)) {
    for (int64_t group = 0; group < groups_; ++group)
      for (int64_t first = 0; first < outputs_; first += step_) add_plan(weight, group, first, threads);
  }

  void run(const Arguments& args, Results& results) const {
    const Tensor& x = args.tensor("x");
    const auto axes = transposed_axes(args, x.shape(), kernel_);
    ConcreteShape shape = {x.shape()[0], groups_ * outputs_};
    for (const WindowAxis& axis : axes) shape.push_back(axis.out);
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    const Windows windows(axes);
    Tensor products(DType::kFloat32, {step_ * taps_, windows.inputs()});
    for (int64_t item = 0; item < x.shape()[0]; ++item)
      for (size_t i = 0; i < plans_.size(); ++i) run_plan(i, item, windows, x, results.threads(), products, out);
  }

 private:
  // Weights [inputs, outputs, taps] of some output channels as a matrix of (output, tap) by input.
  void add_plan(const Tensor& weight, int64_t group, int64_t first, int threads) {
    const int64_t count = std::min(step_, outputs_ - first);
    const float* from = weight.as<float>().data() + (group * inputs_ * outputs_ + first) * taps_;
    std::vector<float> matrix;
    matrix.reserve(static_cast<size_t>(count * taps_ * inputs_));
    for (int64_t row = 0; row < count * taps_; ++row)
      for (int64_t input = 0; input < inputs_; ++input) matrix.push_back(from[input * outputs_ * taps_ + row]);
    ConvGeometry geometry;
    geometry.in_channels = inputs_;
    geometry.out_channels = count * taps_;
    plans_.push_back({group, first, count, ConvPlan(threads, geometry, matrix.data())});
  }

  void run_plan(size_t index, int64_t item, const Windows& windows, const Tensor& x, int threads, Tensor& products,
                Tensor& out) const {
    const Part& part = plans_[index];
    const int64_t channel = part.group * outputs_ + part.first;
    const float* from = x.as<float>().data() + (item * groups_ + part.group) * inputs_ * windows.inputs();
    float* made = products.as<float>().data();
    part.plan.run(threads, 1, 1, windows.inputs(), from, nullptr, kernels::Activation::kNone, made);
    kernels::SpreadAxes axes;
    for (size_t i = 0; i < axes.size(); ++i) {
      const WindowAxis& axis = windows.axes[i];
      axes[i] = {axis.in, axis.out, axis.kernel, axis.stride, axis.dilation, axis.before};
    }
    kernels::spread(threads, axes, part.count, made, bias_ ? bias_->as<float>().data() + channel : nullptr,
                    out.as<float>().data() + (item * groups_ * outputs_ + channel) * windows.outputs());
  }

  struct Part {
    int64_t group;
    int64_t first;  // output channel in the group
    int64_t count;
    ConvPlan plan;
  };

  ConcreteShape kernel_;
  int64_t taps_, groups_, inputs_, outputs_;
  int64_t step_;  // output channels of one part
  std::optional<Tensor> bias_;
  std::vector<Part> plans_;
};

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const auto weight = constant_tensor(arguments, "weight");
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() < 3 || weight->size() == 0) return std::nullopt;
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return std::nullopt;
  const auto transposed = std::make_shared<const Transposed>(arguments, *weight, bias, context.options.threads);
  PreparedKernel kernel;
  kernel.absorbed = {"weight", "bias"};
  kernel.run = [transposed](const Arguments& args, Results& results) { transposed->run(args, results); };
  return kernel;
}

}  // namespace

void register_kernel_conv_transpose(KernelTable& table);
void register_kernel_conv_transpose(KernelTable& table) { table.add({"conv_transpose", prepare}); }

}  // namespace anemone
