// SPDX-License-Identifier: Apache-2.0
// A kernel with more columns or rows than the target takes becomes pieces beside each other. Each reads the image from
// its own place on, and the results are added; strides and dilations stay. Patch embeddings have such kernels.
//
//     conv(x, w [O, C, 32, 32])   ->   add(conv(slice(x), w[:, :, 0:16, 0:11]), ... conv(slice(x), w[:, :, 16:32,
//     22:32]))
#include "passes/match.h"
#include "passes/pass.h"
#include "targets/chip.h"

namespace anemone {
namespace {

struct Axis {
  int64_t in = 0;  // with padding
  int64_t kernel = 0;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t before = 0;  // padding
  int64_t behind = 0;

  int64_t out() const { return (in - (kernel - 1) * dilation - 1) / stride + 1; }
};

// [begin, end) of a piece of the kernel.
using Piece = std::pair<int64_t, int64_t>;

std::vector<Piece> pieces(int64_t kernel, int64_t most) {
  const int64_t count = (kernel + most - 1) / most;
  const int64_t size = (kernel + count - 1) / count;
  std::vector<Piece> result;
  for (int64_t at = 0; at < kernel; at += size) result.emplace_back(at, std::min(kernel, at + size));
  return result;
}

void pad_as_said(Axis& axis, const std::string& type, const std::vector<int64_t>& pad, size_t index) {
  if (type == "custom") {
    axis.before = pad.at(2 * index);
    axis.behind = pad.at(2 * index + 1);
  } else if (type != "valid") {  // same, same_lower
    const int64_t out = (axis.in + axis.stride - 1) / axis.stride;
    const int64_t all = std::max<int64_t>(0, (out - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 - axis.in);
    axis.before = type == "same" ? all / 2 : all - all / 2;
    axis.behind = all - axis.before;
  }
  axis.in += axis.before + axis.behind;
}

// Height and width of a convolution of images of a fixed size by constant weights.
std::optional<std::vector<Axis>> axes_of(const Graph& graph, const Op& op) {
  const Operand* x = graph.operand(op, "x");
  const Constant* weight = op.type == "conv" ? graph.constant(op, "weight") : nullptr;
  if (!x || !weight || weight->type().rank() != 4 || !graph.type(x->value()).is_concrete()) return std::nullopt;
  const auto strides = constant_integers(graph, op, "strides");
  const auto dilations = constant_integers(graph, op, "dilations");
  const auto pad = constant_integers(graph, op, "pad");
  const std::string type = constant_text(graph, op, "pad_type").value_or("valid");
  std::vector<Axis> axes(2);
  for (size_t i = 0; i < axes.size(); ++i) {
    axes[i].in = graph.type(x->value()).concrete()[i + 2];
    axes[i].kernel = weight->type().concrete()[i + 2];
    if (strides) axes[i].stride = strides->at(i);
    if (dilations) axes[i].dilation = dilations->at(i);
    pad_as_said(axes[i], type, pad.value_or(std::vector<int64_t>(4, 0)), i);
  }
  return axes;
}

ValueId padded(Builder& builder, ValueId x, const std::vector<Axis>& axes, const std::string& name) {
  std::vector<int32_t> pad(4, 0);
  bool any = false;
  for (const Axis& axis : axes) {
    pad.push_back(static_cast<int32_t>(axis.before));
    pad.push_back(static_cast<int32_t>(axis.behind));
    any = any || axis.before > 0 || axis.behind > 0;
  }
  const Constant zero = Constant::of(0.0F, builder.type(x).dtype);
  return any ? builder.add("pad", {{"x", x}, {"pad", pad}, {"mode", "constant"}, {"constant_val", zero}}, name) : x;
}

// What a piece of the kernel reads.
ValueId window(Builder& builder, ValueId x, const std::vector<Axis>& axes, const std::vector<Piece>& piece,
               const std::string& name) {
  const ConcreteShape shape = builder.type(x).concrete();
  std::vector<int32_t> begin(2, 0);
  std::vector<int32_t> end = {static_cast<int32_t>(shape[0]), static_cast<int32_t>(shape[1])};
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t from = piece[i].first * axes[i].dilation;
    const int64_t reach =
        (axes[i].out() - 1) * axes[i].stride + (piece[i].second - piece[i].first - 1) * axes[i].dilation;
    begin.push_back(static_cast<int32_t>(from));
    end.push_back(static_cast<int32_t>(from + reach + 1));
  }
  return builder.add("slice_by_index", {{"x", x}, {"begin", begin}, {"end", end}}, name);
}

ValueId convolved(Builder& builder, const Graph& graph, const Op& op, ValueId x, const std::vector<Piece>& piece,
                  bool with_bias) {
  std::vector<Arg> args = {{"x", x}, {"pad_type", "valid"}};
  const Constant& weight = *graph.constant(op, "weight");
  args.emplace_back("weight",
                    weight.sliced(2, piece[0].first, piece[0].second).sliced(3, piece[1].first, piece[1].second));
  for (const Argument& argument : op.arguments) {
    const bool taken = argument.name == "x" || argument.name == "weight" || argument.name == "pad_type" ||
                       argument.name == "pad" || (argument.name == "bias" && !with_bias);
    if (!taken) args.emplace_back(argument.name, argument.operands);
  }
  return builder.add("conv", std::move(args), op.outputs[0].name);
}

Patch split(const Graph& graph, const PassContext& context, const Op& op, const std::vector<Axis>& axes) {
  Builder builder = context.builder(graph);
  const std::string& name = op.outputs[0].name;
  const ValueId x = padded(builder, value_of(graph, op, "x"), axes, name);
  ValueId sum = kNoValue;
  for (const Piece& rows : pieces(axes[0].kernel, kMostKernelRows))
    for (const Piece& columns : pieces(axes[1].kernel, context.settings.widest_kernel)) {
      const std::vector<Piece> piece = {rows, columns};
      const ValueId part = convolved(builder, graph, op, window(builder, x, axes, piece, name), piece, sum == kNoValue);
      sum = sum == kNoValue ? part : builder.add("add", {{"x", sum}, {"y", part}}, name);
    }
  return Patch::instead_of(op, builder, sum);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto axes = axes_of(graph, op);
    if (!axes || ((*axes)[0].kernel <= kMostKernelRows && (*axes)[1].kernel <= context.settings.widest_kernel)) return;
    patches.push_back(split(graph, context, op, *axes));
  });
  return patches;
}

}  // namespace

void register_pass_split_large_kernels(PassTable& table) {
  table.add({"split_large_kernels", Stage::kFinish, {}, "no kernel is larger than the target takes", find});
}

}  // namespace anemone
