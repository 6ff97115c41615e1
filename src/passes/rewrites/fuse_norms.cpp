// SPDX-License-Identifier: Apache-2.0
// Norms over one axis that are written out become the op that the Neural Engine has. Its sums do not overflow, while
// the square of a half does from 256 on. A norm by the root of the mean square is one of [x, -x], whose mean is 0.
//
//     d = x - mean(x);  d * rsqrt(mean(d * d) + e)   ->   layer_norm(x, e)
//     x * rsqrt(mean(x * x) + e)                     ->   layer_norm(concat(x, -x), e), its first half
//
// sqrt and real_div in place of rsqrt and mul, square and pow in place of a product, any order of factors. Root mean
// squares change only where x is half: nothing overflows in float32.
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// A mean over one axis that keeps it.
struct Mean {
  ValueId of = kNoValue;
  int axis = 0;
};

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph) {}

  struct Norm {
    ValueId x = kNoValue;
    int axis = 0;
    double epsilon = 0;
    bool centred = false;
  };

  // Of `op` when it is the last op of a norm.
  std::optional<Norm> norm(const Op& op) const {
    if (op.type == "mul") {
      if (const auto found = norm(value_of(graph_, op, "x"), value_of(graph_, op, "y"), "rsqrt")) return found;
      return norm(value_of(graph_, op, "y"), value_of(graph_, op, "x"), "rsqrt");
    }
    if (op.type == "real_div") return norm(value_of(graph_, op, "x"), value_of(graph_, op, "y"), "sqrt");
    return std::nullopt;
  }

 private:
  const Op* maker(ValueId value, std::string_view type) const {
    const Op* op = value == kNoValue ? nullptr : graph_.producer(value);
    return op && op->type == type ? op : nullptr;
  }

  std::optional<double> number(const Op& op, std::string_view argument) const {
    const Operand* operand = graph_.operand(op, argument);
    const auto values = operand ? constant_numbers(graph_, *operand) : std::nullopt;
    return values && values->size() == 1 ? std::optional(values->at(0)) : std::nullopt;
  }

  std::optional<Norm> norm(ValueId numerator, ValueId scale, std::string_view root) const {
    const Op* rooted = maker(scale, root);
    if (!rooted || numerator == kNoValue || !graph_.type(numerator).is_tensor()) return std::nullopt;
    double epsilon = root == "rsqrt" && rooted->argument("epsilon") ? number(*rooted, "epsilon").value_or(-1)
                     : root == "rsqrt"                              ? 1e-12
                                                                    : 0;
    ValueId variance = value_of(graph_, *rooted, "x");
    if (const Op* sum = maker(variance, "add")) {
      const bool first = number(*sum, "x").has_value();
      const auto added = number(*sum, first ? "x" : "y");
      if (!added) return std::nullopt;
      epsilon += *added;
      variance = value_of(graph_, *sum, first ? "y" : "x");
    }
    const auto mean = mean_of(variance);
    if (!mean || epsilon < 0 || squared(mean->of) != numerator) return std::nullopt;
    return centred({numerator, mean->axis, epsilon, false});
  }

  // x - mean(x) along the same axis is a norm of x.
  Norm centred(Norm norm) const {
    const Op* difference = maker(norm.x, "sub");
    if (!difference) return norm;
    const ValueId x = value_of(graph_, *difference, "x");
    const auto mean = mean_of(value_of(graph_, *difference, "y"));
    if (x == kNoValue || !mean || mean->of != x || mean->axis != norm.axis) return norm;
    return {x, norm.axis, norm.epsilon, true};
  }

  std::optional<Mean> mean_of(ValueId value) const {
    const Op* op = maker(value, "reduce_mean");
    const ValueId x = op ? value_of(graph_, *op, "x") : kNoValue;
    if (x == kNoValue || !graph_.type(x).is_tensor()) return std::nullopt;
    const auto axes = constant_integers(graph_, *op, "axes");
    const auto keeps = constant_integers(graph_, *op, "keep_dims");
    if (!axes || axes->size() != 1 || !keeps || keeps->at(0) == 0) return std::nullopt;
    return Mean{x, normalized_axis(axes->at(0), graph_.type(x).rank())};
  }

  // What the value is the square of.
  ValueId squared(ValueId value) const {
    if (const Op* op = maker(value, "square")) return value_of(graph_, *op, "x");
    if (const Op* op = maker(value, "mul")) {
      const ValueId x = value_of(graph_, *op, "x");
      return x == value_of(graph_, *op, "y") ? x : kNoValue;
    }
    const Op* op = maker(value, "pow");
    return op && number(*op, "y") == 2.0 ? value_of(graph_, *op, "x") : kNoValue;
  }

  const Graph& graph_;
};

ValueId layer_norm(Builder& builder, ValueId x, const Finder::Norm& norm, const std::string& name) {
  const Constant epsilon = Constant::of(static_cast<float>(norm.epsilon)).cast(builder.type(x).dtype);
  return builder.add("layer_norm", {{"x", x}, {"axes", {norm.axis}}, {"epsilon", epsilon}}, name);
}

// The first half of the norm of [x, -x].
ValueId by_mean_square(Builder& builder, const Finder::Norm& norm, const std::string& name) {
  const Type& type = builder.type(norm.x);
  const ValueId minus = builder.add("mul", {{"x", norm.x}, {"y", Constant::of(-1.0F, type.dtype)}}, name + "_minus");
  const std::vector<ValueId> both{norm.x, minus};
  const ValueId twice = builder.add("concat", {{"values", both}, {"axis", norm.axis}}, name + "_twice");
  const ValueId result = layer_norm(builder, twice, norm, name + "_both");
  const auto axis = static_cast<size_t>(norm.axis);
  std::vector<int32_t> begin(type.shape.size(), 0);
  std::vector<int32_t> end(type.shape.size(), 0);
  std::vector<bool> open(type.shape.size(), true);
  end[axis] = static_cast<int32_t>(type.shape[axis].value());
  open[axis] = false;
  return builder.add("slice_by_index",
                     {{"x", result}, {"begin", begin}, {"end", end}, {"end_mask", Constant::of(open)}}, name);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  const Finder finder(graph);
  for_each_op(graph, [&](const Op& op) {
    const auto norm = finder.norm(op);
    if (!norm || !same_tensor(graph.type(norm->x), op.outputs[0].type)) return;
    const Type& type = graph.type(norm->x);
    if (!type.shape[static_cast<size_t>(norm->axis)].is_constant()) return;
    if (!norm->centred && type.dtype != DType::kFloat16) return;
    Builder builder = context.builder(graph);
    const std::string& name = op.outputs[0].name;
    const ValueId result =
        norm->centred ? layer_norm(builder, norm->x, *norm, name) : by_mean_square(builder, *norm, name);
    Patch patch = Patch::insert_before(op, builder);
    patch.replace[op.id()] = result;
    patch.remove = {op.id()};
    patches.push_back(std::move(patch));
  });
  return patches;
}

}  // namespace

void register_pass_fuse_norms(PassTable& table) {
  table.add({"fuse_norms", Stage::kFuse, {}, "norms that are written out as the op of the Neural Engine", find});
}

}  // namespace anemone
