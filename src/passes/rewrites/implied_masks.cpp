// SPDX-License-Identifier: Apache-2.0
// A constant mask that hides only what another constant mask of the same scores hides is left out, as a mask of keys
// behind the last position beside a causal one.
//
//     softmax(add(add(scores, causal), keys))   ->   softmax(add(scores, causal))
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

constexpr float kHides = -1000;  // what is at most this is taken out by softmax: e^-1000 is 0

// A constant that is added; `rest` is what it is added to.
struct Masked {
  ValueId rest = kNoValue;
  const Constant* mask = nullptr;
};

std::optional<Masked> masked(const Graph& graph, const Op* op) {
  if (!op || op->type != "add") return std::nullopt;
  for (const auto& [mask, rest] : {std::pair("x", "y"), {"y", "x"}}) {
    const Constant* constant = graph.constant(*op, mask);
    const ValueId value = value_of(graph, *op, rest);
    if (constant && constant->is_small() && value != kNoValue && is_float(constant->type().dtype))
      return Masked{value, constant};
  }
  return std::nullopt;
}

// The mask over all of the scores: true where it hides. Nothing when it does more than hide.
std::optional<std::vector<bool>> hidden(const Constant& mask, const ConcreteShape& scores) {
  const Tensor values = mask.tensor();
  ConcreteShape shape = values.shape();
  if (shape.size() > scores.size()) return std::nullopt;
  shape.insert(shape.begin(), scores.size() - shape.size(), 1);
  std::vector<bool> result;
  for (int64_t i = 0; i < product(scores); ++i) {
    int64_t rest = i;
    int64_t from = 0;
    int64_t stride = 1;
    for (size_t axis = scores.size(); axis-- > 0; rest /= scores[axis]) {
      if (shape[axis] != 1) from += rest % scores[axis] * stride;
      stride *= shape[axis];
    }
    const float value = values.as<float>()[static_cast<size_t>(from)];
    if (value != 0 && !(value <= kHides)) return std::nullopt;
    result.push_back(value != 0);
  }
  return result;
}

// Whether some line along the axis is hidden as a whole: softmax then looks at what is left of the differences.
bool hides_a_line(const std::vector<bool>& hides, const ConcreteShape& shape, int axis) {
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  const int64_t length = shape[static_cast<size_t>(axis)];
  for (int64_t begin = 0; begin < static_cast<int64_t>(hides.size()); begin += inner * length)
    for (int64_t i = 0; i < inner; ++i) {
      bool all = true;
      for (int64_t k = 0; k < length; ++k) all = all && hides[static_cast<size_t>(begin + k * inner + i)];
      if (all) return true;
    }
  return false;
}

bool implies(const Constant& mask, const Constant& other, const ConcreteShape& shape, int axis) {
  const auto hides = hidden(mask, shape);
  const auto others = hidden(other, shape);
  if (!hides || !others || hides_a_line(*hides, shape, axis)) return false;
  for (size_t i = 0; i < hides->size(); ++i)
    if ((*others)[i] && !(*hides)[i]) return false;
  return true;
}

std::vector<Patch> find(const Graph& graph, const PassContext&) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const Op* sum = op.type == "softmax" ? producer_of(graph, op, "x", "add") : nullptr;
    const auto outer = masked(graph, sum);
    const auto inner = outer ? masked(graph, graph.producer(outer->rest)) : std::nullopt;
    if (!inner || graph.users(sum->id()).size() != 1 || graph.is_block_output(sum->id())) return;
    const Type& scores = graph.type(inner->rest);
    if (!scores.is_tensor() || !same_tensor(scores, sum->outputs[0].type) || !scores.is_concrete()) return;
    if (scores.element_count() > kSmallConstant * 16) return;
    const auto axes = constant_integers(graph, op, "axis");
    int axis = axes ? static_cast<int>(axes->at(0)) : -1;
    if (axis < 0) axis += scores.rank();
    if (implies(*inner->mask, *outer->mask, scores.concrete(), axis)) {
      patches.push_back(Patch::use_instead(sum->id(), outer->rest));
      patches.back().remove = {sum->id()};
    } else if (implies(*outer->mask, *inner->mask, scores.concrete(), axis) && graph.users(outer->rest).size() == 1 &&
               !graph.is_block_output(outer->rest)) {
      patches.push_back(Patch::use_instead(outer->rest, inner->rest));
      patches.back().remove = {outer->rest};
    }
  });
  return patches;
}

}  // namespace

void register_pass_implied_masks(PassTable& table) {
  table.add({"implied_masks", Stage::kCanonicalize, {"finite_masks"}, "no mask that another one implies", find});
}

}  // namespace anemone
