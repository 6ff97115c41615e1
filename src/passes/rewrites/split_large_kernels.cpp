// SPDX-License-Identifier: Apache-2.0
// A convolution whose kernel is wider than the target takes is the sum of several, each with a part of the kernel on
// the part of the image that it meets. Patches of 32 x 32 are such kernels.
//
//     conv(x, w [O, C, 32, 32], strides 32)   ->   add(conv(x[.., 0:..], w[.., 0:11]), ... conv(x[.., 22:..], w[..]))
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr int64_t kHighest = 31;  // rows of a kernel, on every chip

struct Axis {
  int64_t size = 0, kernel = 0, stride = 1, dilation = 1, before = 0, after = 0, out = 0, longest = 0;

  int64_t parts() const { return (kernel + longest - 1) / longest; }
  int64_t part_length() const { return (kernel + parts() - 1) / parts(); }
};

// Height and width of a convolution with constant weights; nothing when its kernel fits, or something is not known.
std::optional<std::vector<Axis>> axes_to_cut(const Graph& graph, const Op& op, int64_t widest) {
  const Constant* weight = op.type == "conv" ? graph.constant(op, "weight") : nullptr;
  const ValueId x = value_of(graph, op, "x");
  if (!weight || weight->type().rank() != 4 || x == kNoValue || !graph.type(x).is_concrete()) return std::nullopt;
  const ConcreteShape kernel = weight->type().concrete();
  const bool square = kernel[2] == kernel[3] && kernel[3] <= widest + 1;
  if ((kernel[3] <= widest || square) && kernel[2] <= kHighest) return std::nullopt;
  const auto kind = constant_text(graph, op, "pad_type");
  if (kind && *kind != "valid" && *kind != "custom") return std::nullopt;
  const auto entry = [&](const char* name, size_t i, int64_t usual) {
    const auto values = constant_integers(graph, op, name);
    return values ? values->at(i) : usual;
  };
  std::vector<Axis> axes;
  for (size_t a = 0; a < 2; ++a) {
    const bool custom = kind && *kind == "custom";
    axes.push_back({graph.type(x).shape[2 + a].value(), kernel[2 + a], entry("strides", a, 1), entry("dilations", a, 1),
                    custom ? entry("pad", 2 * a, 0) : 0, custom ? entry("pad", 2 * a + 1, 0) : 0,
                    op.outputs[0].type.shape[2 + a].value(), a == 0 ? kHighest : widest});
  }
  return axes;
}

class Cutter {
 public:
  Cutter(const Graph& graph, const PassContext& context, const Op& op, const std::vector<Axis>& axes)
      : graph_(graph), op_(op), axes_(axes), builder_(context.builder(graph)) {}

  Patch run() {
    const ValueId x = padded();
    ValueId sum = kNoValue;
    for (int64_t row = 0; row < axes_[0].kernel; row += axes_[0].part_length())
      for (int64_t column = 0; column < axes_[1].kernel; column += axes_[1].part_length()) {
        const ValueId part = part_at(x, {row, column}, sum == kNoValue);
        sum = sum == kNoValue ? part : builder_.add("add", {{"x", sum}, {"y", part}}, name());
      }
    return Patch::instead_of(op_, builder_, sum);
  }

 private:
  const std::string& name() const { return op_.outputs[0].name; }

  ValueId padded() {
    const ValueId x = value_of(graph_, op_, "x");
    std::vector<int32_t> pad(4, 0);
    for (const Axis& axis : axes_)
      for (const int64_t zeros : {axis.before, axis.after}) pad.push_back(static_cast<int32_t>(zeros));
    if (std::all_of(pad.begin(), pad.end(), [](int32_t zeros) { return zeros == 0; })) return x;
    return builder_.add(
        "pad",
        {{"x", x}, {"pad", pad}, {"mode", "constant"}, {"constant_val", Constant::of(0.0F, graph_.type(x).dtype)}},
        name() + "_padded");
  }

  // The convolution with the part of the kernel that begins here.
  ValueId part_at(ValueId x, const std::vector<int64_t>& at, bool with_bias) {
    const ConcreteShape shape = builder_.type(x).concrete();
    std::vector<int32_t> begin = {0, 0};
    std::vector<int32_t> end = {static_cast<int32_t>(shape[0]), static_cast<int32_t>(shape[1])};
    Constant weight = *graph_.constant(op_, "weight");
    for (size_t a = 0; a < 2; ++a) {
      const Axis& axis = axes_[a];
      const int64_t length = std::min(axis.part_length(), axis.kernel - at[a]);
      weight = weight.sliced(static_cast<int>(2 + a), at[a], at[a] + length);
      const int64_t first = at[a] * axis.dilation;
      begin.push_back(static_cast<int32_t>(first));
      end.push_back(static_cast<int32_t>(first + (axis.out - 1) * axis.stride + (length - 1) * axis.dilation + 1));
    }
    const ValueId image = builder_.add("slice_by_index", {{"x", x}, {"begin", begin}, {"end", end}}, name() + "_image");
    std::vector<Arg> args = {{"x", image}, {"weight", weight}, {"pad_type", "valid"}};
    for (const Argument& argument : op_.arguments) {
      const bool kept = argument.name == "strides" || argument.name == "dilations" || argument.name == "groups" ||
                        (argument.name == "bias" && with_bias);
      if (kept) args.emplace_back(argument.name, argument.operands);
    }
    return builder_.add("conv", std::move(args), name() + "_part");
  }

  const Graph& graph_;
  const Op& op_;
  const std::vector<Axis>& axes_;
  Builder builder_;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (const auto axes = axes_to_cut(graph, op, context.settings.widest_kernel))
      patches.push_back(Cutter(graph, context, op, *axes).run());
  });
  return patches;
}

}  // namespace

void register_pass_split_large_kernels(PassTable& table) {
  table.add({"split_large_kernels", Stage::kCanonicalize, {"conv_1d_as_2d"}, "kernels that the target takes", find});
}

}  // namespace anemone
