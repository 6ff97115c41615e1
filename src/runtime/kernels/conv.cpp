// SPDX-License-Identifier: Apache-2.0
// 1-D and 2-D convolution with constant weights, packed once. A 1-D image is one of height 1. Padding that depends on
// the image size ("same" with a stride) is left to the op itself.
#include "kernels/conv/conv.h"

#include "ops/shared/window.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::ConvGeometry;
using kernels::ConvPlan;

// Elements padded before and behind an axis; "same" with stride 1 keeps the size.
struct Pads {
  int64_t before;
  int64_t behind;
};

std::optional<Pads> fixed_pads(const WindowRule& rule, size_t axis, int64_t kernel) {
  if (rule.pad_type == "valid" || rule.pad_type == "custom") return Pads{rule.pad[2 * axis], rule.pad[2 * axis + 1]};
  if (rule.strides[axis] != 1) return std::nullopt;
  const int64_t total = (kernel - 1) * rule.dilations[axis];
  const int64_t half = total / 2;
  return rule.pad_type == "same" ? Pads{half, total - half} : Pads{total - half, half};
}

std::optional<ConvGeometry> geometry_of(const Arguments& args, const Tensor& weight) {
  const size_t spatial = weight.shape().size() - 2;
  if (spatial != 1 && spatial != 2) return std::nullopt;
  const WindowRule rule(args, spatial);
  ConvGeometry geometry;
  geometry.groups = args.integer("groups");
  geometry.out_channels = weight.shape()[0];
  geometry.in_channels = weight.shape()[1] * geometry.groups;
  const size_t x = spatial - 1;  // index of the width
  const auto wide = fixed_pads(rule, x, weight.shape()[2 + x]);
  if (!wide) return std::nullopt;
  geometry.kernel_width = weight.shape()[2 + x];
  geometry.stride_width = rule.strides[x];
  geometry.dilation_width = rule.dilations[x];
  geometry.pad_left = wide->before;
  geometry.pad_right = wide->behind;
  if (spatial == 1) return geometry;
  const auto high = fixed_pads(rule, 0, weight.shape()[2]);
  if (!high) return std::nullopt;
  geometry.kernel_height = weight.shape()[2];
  geometry.stride_height = rule.strides[0];
  geometry.dilation_height = rule.dilations[0];
  geometry.pad_top = high->before;
  geometry.pad_bottom = high->behind;
  return geometry;
}

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const auto weight = constant_tensor(arguments, "weight");
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() < 3) return std::nullopt;
  std::optional<Tensor> bias;
  if (arguments.has("bias") && !(bias = constant_tensor(arguments, "bias"))) return std::nullopt;
  const auto geometry = geometry_of(arguments, *weight);
  if (!geometry) return std::nullopt;
  const auto plan = std::make_shared<const ConvPlan>(context.options.threads, *geometry, weight->as<float>().data());
  PreparedKernel kernel;
  kernel.absorbed = {"weight", "bias"};
  kernel.run = [plan, bias](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    const bool flat = x.rank() == 3;
    const int64_t height = flat ? 1 : x.shape()[2];
    const int64_t width = x.shape().back();
    const ConvGeometry& g = plan->geometry();
    ConcreteShape shape = {x.shape()[0], g.out_channels};
    if (!flat) shape.push_back(g.out_height(height));
    shape.push_back(g.out_width(width));
    Tensor& out = results.allocate(0, shape, DType::kFloat32);
    if (out.size() == 0) return;
    plan->run(results.threads(), x.shape()[0], height, width, x.as<float>().data(),
              bias ? bias->as<float>().data() : nullptr, kernels::Activation::kNone, out.as<float>().data());
  };
  return kernel;
}

}  // namespace

void register_kernel_conv(KernelTable& table);
void register_kernel_conv(KernelTable& table) { table.add({"conv", prepare}); }

}  // namespace anemone
