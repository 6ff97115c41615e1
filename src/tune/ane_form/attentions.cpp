// SPDX-License-Identifier: Apache-2.0
#include "tune/ane_form/attentions.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/strings.h"

namespace anemone {
namespace {

using Way = FormGraph::Way;

class Finder {
 public:
  Finder(const FormGraph& graph, const OpSet& projections, const OpSet& live)
      : graph_(graph), projections_(projections), live_(live) {
    contractions_ = graph.where([&](int i) {
      if (!graph.is_contraction(i) || !live.has(i) || projections.has(i)) return false;
      for (const ValueId value : graph.operands(i))
        if (value == kNoValue || graph.is_constant(value)) return false;
      return true;
    });
    border_ = contractions_ | projections | graph.where([&](int i) { return graph.type(i) == "softmax"; });
  }

  std::vector<SoftmaxOfAttention> find() const {
    std::vector<SoftmaxOfAttention> found;
    for (int i = 0; i < graph_.count(); ++i) {
      if (graph_.type(i) != "softmax" || !live_.has(i)) continue;
      const auto stop = [&](int j) { return border_.has(j) && j != i; };
      const OpSet back = graph_.spread({i}, Way::kBefore, stop, &live_);
      const OpSet ahead = graph_.spread({i}, Way::kAfter, stop, &live_);
      const auto first = (back & contractions_).members();
      const auto second = (ahead & contractions_).members();
      if (!first.empty() && !second.empty())
        found.push_back(describe(i, first[0], second[0], (back | ahead) - contractions_ - projections_));
    }
    return found;
  }

 private:
  SoftmaxOfAttention describe(int softmax, int first, int second, OpSet around) const {
    SoftmaxOfAttention result;
    result.softmax = softmax;
    const ValueId x = graph_.argument(softmax, "x");
    result.shape = graph_.dims(x);
    const auto rank = static_cast<int>(std::max<size_t>(result.shape.size(), 1));
    const Constant* axis = graph_.literal(softmax, "axis");
    result.key_axis = ((axis ? static_cast<int>(to_integers(axis->tensor()).at(0)) : -1) % rank + rank) % rank;
    result.equations = {spelling(first), spelling(second)};
    const auto values = graph_.operands(first);
    const std::array<OpSet, 2> sides = {sources_of(values[0]), sources_of(values[1])};
    const int64_t batch = count_heads(first, x, (sides[0] | sides[1]) & projections_, result);
    count_queries(x, batch, result);
    result.heads = std::nearbyint(result.heads * 1000) / 1000;
    const size_t key_side = side_of_keys(softmax, result.key_axis, first);
    const OpSet context = graph_.spread(
        {second}, Way::kAfter, [&](int j) { return projections_.has(j); }, &live_);
    result.next = (context & projections_).members();
    if (result.next.empty()) result.next = {-1};
    result.ways = {sides[1 - key_side], sides[key_side], values_way(softmax, second), std::move(around), context};
    result.ways[0].erase(first);
    result.ways[1].erase(first);
    result.ways[4].erase(second);
    return result;
  }

  // Ops between a value and the projections that it comes from; through a cache only what was written into it last.
  OpSet sources_of(ValueId value) const {
    const auto stop = [&](int j) { return border_.has(j) || graph_.type(j) == "read_state"; };
    const auto maker = graph_.maker(value);
    OpSet near = graph_.spread(maker ? std::vector{*maker} : std::vector<int>{}, Way::kBefore, stop, &live_);
    std::vector<int> writes;
    for (const int j : near.members())
      if (graph_.type(j) == "read_state")
        for (const int write : graph_.before(j))
          if (graph_.type(write) == "write_state") writes.push_back(write);
    return near | graph_.spread(writes, Way::kBefore, stop, &live_);
  }

  // Sets the heads and gives the batch.
  int64_t count_heads(int first, ValueId x, const OpSet& sources, SoftmaxOfAttention& result) const {
    const double across = static_cast<double>(graph_.batch_size(first)) * static_cast<double>(graph_.elements(x)) /
                          static_cast<double>(std::max<int64_t>(graph_.elements(graph_.op(first).id()), 1));
    int64_t batch = std::numeric_limits<int64_t>::max();
    for (const int source : sources.members()) {
      const auto shape = graph_.dims(source);
      batch = std::min(batch, shape.empty() ? 1 : std::max<int64_t>(shape[0], 1));
    }
    if (sources.empty()) batch = 1;
    // Projections of (B*S,C) or (S,B,C) say nothing of the batch.
    if (std::fmod(across, static_cast<double>(batch)) != 0) batch = graph_.batch();
    result.heads = across / static_cast<double>(batch);
    return batch;
  }

  void count_queries(ValueId x, int64_t batch, SoftmaxOfAttention& result) const {
    if (result.shape.empty()) return;
    const auto axis = static_cast<size_t>(result.key_axis);
    const double keys = static_cast<double>(result.shape[axis] > 0 ? result.shape[axis] : 1);
    const double others = static_cast<double>(batch) * result.heads * keys;
    result.queries = static_cast<int64_t>(static_cast<double>(graph_.elements(x)) / std::max(others, 1.0) + 1e-9);
    for (size_t i = 0; i < result.shape.size(); ++i)
      if (i != axis && result.shape[i] == kUnknownSize) result.queries = 99;
  }

  size_t side_of_keys(int softmax, int axis, int first) const {
    const auto at = follow_axis(softmax, axis, first);
    const auto terms = graph_.letters(first);
    if (!at || *at >= static_cast<int>(terms[2].size())) return 1;
    const char letter = terms[2][static_cast<size_t>(*at)];
    return terms[0].find(letter) != std::string::npos && terms[1].find(letter) == std::string::npos ? 0 : 1;
  }

  // The axis of the contraction's result that becomes `axis` of the softmax input; nothing when a reshape hides it.
  std::optional<int> follow_axis(int softmax, int axis, int contraction) const {
    const OpSet reached = graph_.spread({contraction}, Way::kAfter, [&](int op) { return op == softmax; });
    ValueId value = graph_.argument(softmax, "x");
    for (auto maker = graph_.maker(value); maker && *maker != contraction; maker = graph_.maker(value)) {
      if (graph_.type(*maker) == "transpose") {
        const Constant* perm = graph_.literal(*maker, "perm");
        if (!perm) return std::nullopt;
        const auto order = to_integers(perm->tensor());
        const int64_t from = order.at(static_cast<size_t>(axis));
        axis = static_cast<int>(from < 0 ? from + static_cast<int64_t>(order.size()) : from);
      } else if (changes_axes(graph_.type(*maker)) || graph_.type(*maker) == "concat") {
        return std::nullopt;
      }
      ValueId next = kNoValue;
      for (const ValueId input : graph_.inputs(*maker))
        if (const auto source = graph_.maker(input);
            next == kNoValue && source && !graph_.is_constant(input) && reached.has(*source))
          next = input;
      if (next == kNoValue) return std::nullopt;
      value = next;
    }
    return axis;
  }

  OpSet values_way(int softmax, int second) const {
    const OpSet weights = graph_.spread(
        {softmax}, Way::kAfter, [&](int op) { return op == second; }, &live_);
    for (const ValueId value : graph_.operands(second)) {
      const auto maker = graph_.maker(value);
      if (maker && weights.has(*maker)) continue;
      return sources_of(value);
    }
    return graph_.none();
  }

  std::string spelling(int contraction) const {
    if (graph_.type(contraction) == "einsum") {
      const auto terms = graph_.letters(contraction);
      std::map<char, char> names;
      std::string text;
      for (const char letter : terms[0] + "," + terms[1] + "->" + terms[2]) {
        if (!std::isalpha(static_cast<unsigned char>(letter))) {
          text += letter;
          continue;
        }
        const size_t next = std::min<size_t>(names.size(), 8);
        text += names.emplace(letter, "nchwuvxyz"[next]).first->second;
      }
      return "einsum " + text;
    }
    std::string text = "matmul";
    for (const char* flag : {"transpose_x", "transpose_y"}) {
      const Constant* value = graph_.literal(contraction, flag);
      if (value && to_integers(value->tensor()).at(0)) text += std::string(" ") + flag;
    }
    return text;
  }

  const FormGraph& graph_;
  const OpSet& projections_;
  const OpSet& live_;
  OpSet contractions_;
  OpSet border_;
};

}  // namespace

std::vector<SoftmaxOfAttention> find_attentions(const FormGraph& graph, const OpSet& projections, const OpSet& live) {
  return Finder(graph, projections, live).find();
}

}  // namespace anemone
