// SPDX-License-Identifier: Apache-2.0
#include "tune/ane_form/reshapes.h"

#include <algorithm>
#include <map>

namespace anemone {
namespace {

using Sizes = std::vector<int64_t>;
using Way = FormGraph::Way;

constexpr int64_t kLong = 32;  // elements of a last axis that is not mostly padding

bool reduces(const std::string& type) {
  return type.rfind("reduce_", 0) == 0 || (type.size() > 5 && type.compare(type.size() - 5, 5, "_norm") == 0);
}

bool belongs_to_norm(const std::string& type) {
  static const std::set<std::string, std::less<>> kTypes = {"reduce_mean",
                                                            "reduce_sum",
                                                            "reduce_sum_square",
                                                            "reduce_l2_norm",
                                                            "sub",
                                                            "add",
                                                            "mul",
                                                            "square",
                                                            "rsqrt",
                                                            "sqrt",
                                                            "real_div",
                                                            "pow",
                                                            "cast",
                                                            "inverse",
                                                            "abs",
                                                            "reduce_max",
                                                            "maximum",
                                                            "instance_norm",
                                                            "batch_norm",
                                                            "layer_norm",
                                                            "l2_norm"};
  return kTypes.count(type) > 0;
}

bool is_spatial(const std::string& type) {
  static const std::set<std::string, std::less<>> kTypes = {"conv",
                                                            "conv_transpose",
                                                            "max_pool",
                                                            "avg_pool",
                                                            "upsample_bilinear",
                                                            "upsample_nearest_neighbor",
                                                            "resize",
                                                            "resize_bilinear",
                                                            "pixel_shuffle",
                                                            "pixel_unshuffle",
                                                            "space_to_depth",
                                                            "resize_nearest_neighbor",
                                                            "resample",
                                                            "depth_to_space"};
  return kTypes.count(type) > 0;
}

bool is_fold(const Sizes& a, const Sizes& b) {
  if (a.size() != 4 || b.size() != 4 || a[0] != b[0] || a[1] != b[1] || b[2] != 1) return false;
  const auto unknown = [](const Sizes& sizes) { return std::count(sizes.begin(), sizes.end(), kUnknownSize) > 0; };
  return !unknown(a) && !unknown(b) && a[2] * a[3] == b[3];
}

class Sorter {
 public:
  Sorter(const FormGraph& graph, const OpSet& trunk) : graph_(graph), trunk_(trunk) {
    result_ = {graph.none(), graph.none(), graph.none(), graph.none(), graph.none()};
    for (const int i : trunk.members())
      if (reshapes(graph.type(i))) shapes_[i] = {graph.dims(graph.argument(i, "x")), graph.dims(i)};
  }

  SortedReshapes sort() {
    for (const auto& [i, shapes] : shapes_) find_norm(i, shapes.first, shapes.second);
    for (const auto& [i, shapes] : shapes_) {
      const auto& [from, to] = shapes;
      if (result_.norm.has(i)) continue;
      if (is_fold(from, to) || is_fold(to, from))
        result_.fold.insert(i);
      else if (changes_short_axis(from, to))
        result_.last_axis.insert(i);
      else
        result_.rest.insert(i);
    }
    return std::move(result_);
  }

 private:
  // A reshape, ops of a norm with a reduction among them, and reshapes back to the first shape.
  void find_norm(int start, const Sizes& from, const Sizes& to) {
    if (from.size() <= 2 || to.empty() || from[0] != to[0]) return;
    const auto leaves = [&](int j) { return j != start && !belongs_to_norm(graph_.type(j)); };
    const OpSet region = graph_.spread({start}, Way::kAfter, leaves, &trunk_);
    std::vector<int> ends;
    for (const int j : region.members()) {
      const auto shape = shapes_.find(j);
      if (j != start && shape != shapes_.end() && shape->second.first == to && shape->second.second == from)
        ends.push_back(j);
    }
    if (ends.empty()) return;
    // What leads from the start to an end without leaving the norm.
    OpSet inner = region;
    for (const int j : region.members())
      if (leaves(j) || j == start) inner.erase(j);
    OpSet allowed = inner;
    for (const int end : ends) allowed.insert(end);
    OpSet body = graph_.spread(ends, Way::kBefore, {}, &allowed) & inner;
    const auto members = body.members();
    if (std::none_of(members.begin(), members.end(), [&](int j) { return reduces(graph_.type(j)); })) return;
    result_.norm.insert(start);
    for (const int end : ends) result_.norm.insert(end);
    result_.inside_norm.insert(start);
    result_.inside_norm |= body;
  }

  static bool changes_short_axis(const Sizes& from, const Sizes& to) {
    if (from.size() != 4 || to.size() != 4 || from[3] == to[3]) return false;
    const auto length = [](int64_t size) { return size > 0 ? size : int64_t{99}; };
    return std::min(length(from[3]), length(to[3])) < kLong;
  }

  const FormGraph& graph_;
  const OpSet& trunk_;
  std::map<int, std::pair<Sizes, Sizes>> shapes_;
  SortedReshapes result_;
};

}  // namespace

SortedReshapes sort_reshapes(const FormGraph& graph, const OpSet& trunk) { return Sorter(graph, trunk).sort(); }

std::set<ValueId> image_values(const FormGraph& graph) {
  std::set<ValueId> images;
  std::set<Sizes> seen;
  for (int i = 0; i < graph.count(); ++i) {
    const std::string& type = graph.type(i);
    const auto inputs = graph.inputs(i);
    for (const Output& output : graph.op(i).outputs) {
      const Sizes sizes = graph.dims(output.id);
      if (sizes.size() != 4) continue;
      const bool keeps = !changes_axes(type) && !graph.is_contraction(i) &&
                         std::any_of(inputs.begin(), inputs.end(), [&](ValueId id) { return images.count(id) > 0; });
      const bool unfolds =
          reshapes(type) && (is_fold(sizes, graph.dims(graph.argument(i, "x"))) || seen.count(sizes) > 0);
      if (!is_spatial(type) && !keeps && !unfolds) continue;
      images.insert(output.id);
      seen.insert(sizes);
    }
  }
  return images;
}

}  // namespace anemone
