// SPDX-License-Identifier: Apache-2.0
// Attention as checkpoints and packages write it, with or without the transposes around it:
//
//   q ─ [transpose] ─┐
//                    matmul ─ mul, add … ─ softmax ─ matmul ─ [transpose] ──▶
//   k ─ [transpose] ─┘                                  │
//   v ─ [transpose] ────────────────────────────────────┘
#include "kernels/attention/attention.h"

#include <algorithm>

#include "runtime/fusion.h"
#include "runtime/shared/broadcast.h"
#include "runtime/shared/element_chain.h"

namespace anemone {
namespace {

constexpr int kMostScoreOps = 4;

// A factor of a product: a value, perhaps through a transpose that belongs to the group.
struct Factor {
  ValueId value = kNoValue;
  const Op* transpose = nullptr;
};

struct Pattern {
  Factor q, k, v;
  const Op* scores = nullptr;
  std::vector<ChainLink> links;
  const Op* softmax = nullptr;
  const Op* context = nullptr;
  const Op* transpose = nullptr;  // of the result

  ValueId result() const { return transpose ? transpose->id() : context->id(); }
};

std::optional<Factor> factor_of(const Graph& graph, const Op& op, const char* argument) {
  const Operand* operand = graph.operand(op, argument);
  if (!operand || is_constant(graph, *operand)) return std::nullopt;
  const Op* producer = graph.producer(operand->value());
  if (producer && producer->type == "transpose" && has_one_user(graph, operand->value())) {
    const Operand* x = graph.operand(*producer, "x");
    if (x && !is_constant(graph, *x)) return Factor{x->value(), producer};
  }
  return Factor{operand->value(), nullptr};
}

// The product whose result, through elementwise ops that nobody else sees, is `value`; its links in order.
const Op* find_scores(const Graph& graph, ValueId value, int limit, std::vector<ChainLink>& links) {
  const Op* op = graph.producer(value);
  if (!op || !has_one_user(graph, value)) return nullptr;
  if (op->type == "matmul") return op;
  if (limit == 0) return nullptr;
  for (const char* argument : {"x", "y"}) {
    const Operand* from = graph.operand(*op, argument);
    if (!from || is_constant(graph, *from)) continue;
    const auto link = link_of(graph, *op, from->value());
    const Op* product = link ? find_scores(graph, from->value(), limit - 1, links) : nullptr;
    if (!product) continue;
    links.push_back(*link);
    return product;
  }
  return nullptr;
}

bool is_set(const Graph& graph, const Op& op, const char* flag) {
  const Constant* value = graph.constant(op, flag);
  return value && to_integers(value->tensor()).at(0) != 0;
}

const Op* only_user(const Graph& graph, ValueId value, const char* type, const char* argument) {
  if (!has_one_user(graph, value)) return nullptr;
  const Op* user = graph.users(value).front();
  const Operand* operand = graph.operand(*user, argument);
  return user->type == type && operand && operand->is_value() && operand->value() == value ? user : nullptr;
}

std::optional<Pattern> match(const Graph& graph, const Op& softmax) {
  Pattern pattern;
  pattern.softmax = &softmax;
  const Operand* x = graph.operand(softmax, "x");
  if (softmax.type != "softmax" || !x || is_constant(graph, *x)) return std::nullopt;
  pattern.context = only_user(graph, softmax.id(), "matmul", "x");
  pattern.scores = find_scores(graph, x->value(), kMostScoreOps, pattern.links);
  if (!pattern.context || !pattern.scores || is_set(graph, *pattern.context, "transpose_x")) return std::nullopt;
  const auto q = factor_of(graph, *pattern.scores, "x");
  const auto k = factor_of(graph, *pattern.scores, "y");
  const auto v = factor_of(graph, *pattern.context, "y");
  if (!q || !k || !v) return std::nullopt;
  pattern.q = *q, pattern.k = *k, pattern.v = *v;
  pattern.transpose = only_user(graph, pattern.context->id(), "transpose", "x");
  return pattern;
}

// ---- with the shapes of a plan
// A value seen through its transpose: sizes and strides of the axes that the product sees.
struct Axes {
  ConcreteShape sizes;
  std::vector<int64_t> strides;
};

Axes axes_of(const ConcreteShape& stored, const std::vector<int>& perm) {
  std::vector<int64_t> strides(stored.size(), 1);
  for (size_t i = stored.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * stored[i + 1];
  Axes axes;
  for (const int axis : perm) {
    axes.sizes.push_back(stored[static_cast<size_t>(axis)]);
    axes.strides.push_back(strides[static_cast<size_t>(axis)]);
  }
  return axes;
}

std::vector<int> permutation_of(const Op* transpose, const FusedOps& ops, int rank) {
  if (transpose) return ops[*transpose].axes("perm", rank);
  std::vector<int> same(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) same[static_cast<size_t>(i)] = i;
  return same;
}

Axes factor_axes(const Factor& factor, const Op& product, const char* argument, const FusedOps& ops) {
  const Type& type = factor.transpose ? ops[*factor.transpose].type("x") : ops[product].type(argument);
  return axes_of(type.concrete(), permutation_of(factor.transpose, ops, type.rank()));
}

// Strides over a batch of these sizes; nothing when the matrix has a larger batch, or no stride of 1.
std::optional<kernels::MatrixAt> matrix_at(const Axes& axes, const ConcreteShape& batch, bool transposed) {
  const size_t rank = axes.sizes.size();
  if (rank != batch.size() + 2) return std::nullopt;
  kernels::MatrixAt at;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (axes.sizes[i] != 1 && axes.sizes[i] != batch[i]) return std::nullopt;
    at.batch_strides.push_back(axes.sizes[i] == 1 ? 0 : axes.strides[i]);
  }
  at.row_stride = axes.strides[rank - (transposed ? 1 : 2)];
  at.column_stride = axes.strides[rank - (transposed ? 2 : 1)];
  if (at.row_stride != 1 && at.column_stride != 1) return std::nullopt;
  return at;
}

// The step, if its matrix fits into the scores without making them larger.
std::optional<kernels::ScoreStep> score_step(const ChainLink& link, const Arguments& arguments,
                                             const ConcreteShape& scores) {
  const auto step = step_of(link, arguments);
  if (!step) return std::nullopt;
  kernels::ScoreStep result{*step, {}};
  if (link.other == kNoValue) return result;
  const ConcreteShape other = other_type(link, arguments).concrete();
  const size_t skip = scores.size() - std::min(scores.size(), other.size());
  if (other.size() > scores.size()) return std::nullopt;
  for (size_t i = 0; i < other.size(); ++i)
    if (other[i] != 1 && other[i] != scores[skip + i]) return std::nullopt;
  const std::vector<int64_t> strides = broadcast_strides(other, scores, 1);
  result.batch_strides.assign(strides.begin(), strides.end() - 2);
  result.step.row_stride = strides[strides.size() - 2];
  result.step.column_stride = strides.back();
  return result;
}

// Where the result lies: its columns must be neighbours in memory, its batch that of the scores.
bool place_result(const Pattern& pattern, const FusedOps& ops, kernels::AttentionShape& shape) {
  ConcreteShape result = shape.batch;
  result.push_back(shape.queries);
  result.push_back(shape.width);
  const int rank = static_cast<int>(result.size());
  const std::vector<int> perm = permutation_of(pattern.transpose, ops, rank);
  std::vector<int> place(perm.size());  // of each axis of the product in the stored result
  ConcreteShape stored;
  for (size_t i = 0; i < perm.size(); ++i) {
    place[static_cast<size_t>(perm[i])] = static_cast<int>(i);
    stored.push_back(result[static_cast<size_t>(perm[i])]);
  }
  const auto at = matrix_at(axes_of(stored, place), shape.batch, false);
  if (!at || at->column_stride != 1) return false;
  shape.out = *at;
  return true;
}

struct Prepared {
  kernels::AttentionShape shape;
  std::vector<kernels::ScoreStep> steps;
};

std::optional<Prepared> prepare(const Pattern& pattern, const FusedOps& ops) {
  const Arguments& product = ops[*pattern.scores];
  const Arguments& context = ops[*pattern.context];
  const Arguments& softmax = ops[*pattern.softmax];
  const ConcreteShape scores = softmax.type("x").concrete();
  if (!is_float(product.type("x").dtype) || scores.size() < 2 || anemone::product(scores) == 0) return std::nullopt;
  const int rank = static_cast<int>(scores.size());
  if (softmax.axis("axis", rank) != rank - 1 || product.flag("transpose_x")) return std::nullopt;
  const Axes q = factor_axes(pattern.q, *pattern.scores, "x", ops);
  const Axes k = factor_axes(pattern.k, *pattern.scores, "y", ops);
  const Axes v = factor_axes(pattern.v, *pattern.context, "y", ops);
  const ConcreteShape batch(scores.begin(), scores.end() - 2);
  const auto q_at = matrix_at(q, batch, false);
  const auto k_at = matrix_at(k, batch, !product.flag("transpose_y"));
  const auto v_at = matrix_at(v, batch, context.flag("transpose_y"));
  if (!q_at || !k_at || !v_at) return std::nullopt;

  Prepared prepared;
  kernels::AttentionShape& shape = prepared.shape;
  shape.batch = batch;
  shape.queries = scores[scores.size() - 2];
  shape.keys = scores.back();
  shape.depth = q.sizes.back();
  shape.width = v.sizes[v.sizes.size() - (context.flag("transpose_y") ? 2 : 1)];
  shape.q = *q_at, shape.k = *k_at, shape.v = *v_at;
  if (!place_result(pattern, ops, shape)) return std::nullopt;
  for (const ChainLink& link : pattern.links) {
    auto step = score_step(link, ops[*link.op], scores);
    if (!step) return std::nullopt;
    prepared.steps.push_back(std::move(*step));
  }
  return prepared;
}

FusedGroup make_group(const Pattern& pattern) {
  FusedGroup group;
  group.ops = {pattern.scores, pattern.softmax, pattern.context};
  group.inputs = {pattern.q.value, pattern.k.value, pattern.v.value};
  for (const Factor& factor : {pattern.q, pattern.k, pattern.v})
    if (factor.transpose) group.ops.push_back(factor.transpose);
  for (const ChainLink& link : pattern.links) {
    group.ops.push_back(link.op);
    if (link.other != kNoValue) group.inputs.push_back(link.other);
  }
  if (pattern.transpose) group.ops.push_back(pattern.transpose);
  group.outputs = {pattern.result()};
  group.prepare = [pattern](const FusedOps& ops, const RunOptions&) -> std::optional<FusedRun> {
    const auto prepared = prepare(pattern, ops);
    if (!prepared) return std::nullopt;
    return [prepared = *prepared](std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                                  int threads) {
      std::vector<kernels::ScoreStep> steps = prepared.steps;
      size_t next = 3;
      for (kernels::ScoreStep& step : steps)
        if (step.step.kind == kernels::ElementStep::Kind::kMatrix)
          step.step.matrix = inputs[next++]->as<float>().data();
      kernels::attention(threads, prepared.shape, steps, inputs[0]->as<float>().data(), inputs[1]->as<float>().data(),
                         inputs[2]->as<float>().data(), outputs[0]->as<float>().data());
    };
  };
  return group;
}

// With the transpose of the result, and without.
std::vector<FusedGroup> find(const Graph& graph, const Op& op) {
  auto pattern = match(graph, op);
  if (!pattern) return {};
  std::vector<FusedGroup> groups = {make_group(*pattern)};
  if (pattern->transpose) {
    pattern->transpose = nullptr;
    groups.push_back(make_group(*pattern));
  }
  return groups;
}

}  // namespace

void register_fusion_attention(FusionTable& table);
void register_fusion_attention(FusionTable& table) { table.add({"attention", find}); }

}  // namespace anemone
