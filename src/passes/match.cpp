// SPDX-License-Identifier: Apache-2.0
#include "passes/match.h"

#include <algorithm>
#include <array>

namespace anemone {
namespace {

const Constant* readable(const Constant* constant) {
  const bool fits = constant && constant->type().is_tensor() && constant->type().dtype != DType::kString;
  return fits && constant->is_small() ? constant : nullptr;
}

}  // namespace

void for_each_op(const Graph& graph, const std::function<void(const Op&)>& visit) {
  for_each_op(graph.function().body, visit);
}

ValueId value_of(const Graph& graph, const Op& op, std::string_view argument) {
  const Operand* operand = graph.operand(op, argument);
  return operand ? operand->value() : kNoValue;
}

const Op* producer_of(const Graph& graph, const Op& op, std::string_view argument, std::string_view type) {
  const ValueId value = value_of(graph, op, argument);
  const Op* producer = value == kNoValue ? nullptr : graph.producer(value);
  return producer && producer->type == type ? producer : nullptr;
}

std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, const Op& op, std::string_view argument) {
  const Constant* constant = readable(graph.constant(op, argument));
  if (!constant || is_float(constant->type().dtype)) return std::nullopt;
  return to_integers(constant->tensor());
}

std::optional<std::vector<double>> constant_numbers(const Graph& graph, const Operand& operand) {
  const Constant* constant = readable(graph.constant(operand));
  if (!constant) return std::nullopt;
  return to_doubles(constant->tensor());
}

std::optional<std::string> constant_text(const Graph& graph, const Op& op, std::string_view argument) {
  const Constant* constant = graph.constant(op, argument);
  const bool text = constant && constant->type().is_tensor() && constant->type().dtype == DType::kString;
  if (!text || constant->strings().size() != 1) return std::nullopt;
  return constant->strings()[0];
}

std::optional<std::vector<int>> permutation(const Graph& graph, const Op& op) {
  const auto perm = constant_integers(graph, op, "perm");
  if (!perm) return std::nullopt;
  const auto rank = static_cast<int64_t>(perm->size());
  std::vector<int> axes;
  for (const int64_t axis : *perm) axes.push_back(static_cast<int>(axis < 0 ? axis + rank : axis));
  return axes;
}

bool is_identity(const std::vector<int>& permutation) {
  for (size_t i = 0; i < permutation.size(); ++i)
    if (permutation[i] != static_cast<int>(i)) return false;
  return true;
}

bool same_tensor(const Type& a, const Type& b) {
  return a.is_tensor() && b.is_tensor() && a.dtype == b.dtype && a.ranked && b.ranked &&
         std::equal(a.shape.begin(), a.shape.end(), b.shape.begin(), b.shape.end(), provably_equal);
}

bool same_view(const Type& a, const Type& b) {
  if (same_tensor(a, b)) return true;
  if (!a.is_tensor() || !b.is_tensor() || a.dtype != b.dtype || !a.ranked || !b.ranked || a.rank() != b.rank())
    return false;
  int open = 0;
  for (size_t i = 0; i < a.shape.size(); ++i) {
    const bool known = provably_equal(a.shape[i], b.shape[i]) && a.shape[i].is_constant() && a.shape[i].value() > 0;
    if (provably_different(a.shape[i], b.shape[i]) || (!known && ++open > 1)) return false;
  }
  return true;
}

bool keeps_shape(const Type& x, const Type& other) {
  if (!x.is_tensor() || !other.is_tensor() || !x.ranked || !other.ranked || other.rank() > x.rank()) return false;
  const size_t shift = x.shape.size() - other.shape.size();
  for (size_t i = 0; i < other.shape.size(); ++i)
    if (!(other.shape[i] == Dim(1)) && !provably_equal(other.shape[i], x.shape[i + shift])) return false;
  return true;
}

bool is_view(const Op& op) {
  static constexpr std::array<std::string_view, 5> kViews = {"reshape", "expand_dims", "squeeze", "flatten2d",
                                                             "reshape_like"};
  return std::find(kViews.begin(), kViews.end(), op.type) != kViews.end();
}

}  // namespace anemone
