// SPDX-License-Identifier: Apache-2.0
#include "tune/ane_form/judge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "tune/ane_form/attentions.h"
#include "tune/ane_form/reshapes.h"

namespace anemone {
namespace {

using Way = FormGraph::Way;
using Names = std::set<std::string, std::less<>>;

constexpr int64_t kLargeProjection = 1024;  // weights
constexpr int64_t kSmallProjection = 64;
constexpr int64_t kLong = 32;      // elements of a last axis that is not mostly padding
constexpr double kFinite = 6.5e4;  // the largest number that a mask may hold

const Names kNever = {"lstm",
                      "gru",
                      "rnn",
                      "band_part",
                      "cumsum",
                      "one_hot",
                      "non_zero",
                      "range_1d",
                      "sliding_windows",
                      "crop_resize",
                      "reverse_sequence",
                      "while_loop",
                      "cond",
                      "scatter",
                      "scatter_along_axis",
                      "scatter_nd",
                      "asin",
                      "acos",
                      "tan",
                      "sinh",
                      "cosh",
                      "atanh",
                      "mod",
                      "reduce_prod",
                      "argsort",
                      "reduce_argmax",
                      "reduce_argmin",
                      "make_list",
                      "list_read",
                      "list_write",
                      "list_gather",
                      "list_scatter",
                      "list_length",
                      "custom_layer",
                      "classify",
                      "shape",
                      "non_maximum_suppression",
                      "random_bernoulli",
                      "random_categorical",
                      "random_normal",
                      "random_uniform"};
const Names kNowhere = {"while_loop", "cond", "lstm", "gru", "rnn"};
const Names kIndices = {"indices", "begin", "end", "stride", "size", "shape", "reps"};
// Where the constants of masks stand.
const std::map<std::string, std::vector<const char*>, std::less<>> kMasking = {
    {"add", {"x", "y"}},    {"sub", {"x", "y"}}, {"mul", {"x", "y"}},
    {"select", {"a", "b"}}, {"fill", {"value"}}, {"pad", {"constant_val"}}};

class Judge {
 public:
  Judge(const Function& function, int64_t max_width) : graph_(function), max_width_(max_width) {
    projections_ = graph_.where([&](int i) { return graph_.weights(i) > 0 && !graph_.is_constant(graph_.op(i).id()); });
    large_ = projections_ & graph_.where([&](int i) { return graph_.weights(i) >= kLargeProjection; });
    if (large_.size() < 2)
      large_ = projections_ & graph_.where([&](int i) { return graph_.weights(i) >= kSmallProjection; });
    live_ = graph_.spread(large_.members(), Way::kAfter);
    trunk_ = live_ & graph_.spread(large_.members(), Way::kBefore);
    run_ = graph_.where([&](int i) { return is_executed(graph_.op(i)); });
    reshapes_ = sort_reshapes(graph_, trunk_);
    softmaxes_ = find_attentions(graph_, projections_, graph_.spread(projections_.members(), Way::kAfter));
    for (size_t i = 0; i < softmaxes_.size(); ++i) groups_[softmaxes_[i].next].push_back(i);
    for (const SoftmaxOfAttention& softmax : softmaxes_) queries_ = std::min(queries_, softmax.queries);
    form_.short_sequence = queries_ < kLong;
  }

  AneForm judge() {
    count_products();
    for (const auto& entry : attentions_in_order()) judge_attention(entry);
    count_axis_changes();
    count_layouts();
    count_types();
    count_masks();
    count_bytes();
    form_.ops = run_.size() + graph_.nested();
    form_.trunk_ops = (trunk_ & run_).size();
    return std::move(form_);
  }

 private:
  OpSet in(const OpSet& ops, const std::function<bool(int)>& is) const {
    OpSet result = graph_.none();
    for (const int i : ops.members())
      if (is(i)) result.insert(i);
    return result;
  }
  OpSet typed(const OpSet& ops, std::string_view type) const {
    return in(ops, [&](int i) { return graph_.type(i) == type; });
  }
  std::string some(const OpSet& ops) const {
    std::vector<std::string> names;
    for (const int i : ops.members())
      if (names.size() < 3) names.push_back(graph_.name(i));
    return join(names, ", ") + (ops.size() > 3 ? " …" : "");
  }
  void refuse(const OpSet& ops, const std::string& what) {
    if (!ops.empty()) form_.reasons.push_back(fmt::format("{} {}: {}", ops.size(), what, some(ops)));
  }
  int attentions() const { return static_cast<int>(groups_.size()); }

  // ---- products
  void count_products() {
    const OpSet linear = typed(run_, "linear");
    const OpSet weighted = in(projections_, [&](int i) {
      return graph_.is_contraction(i) && (trunk_.has(i) || live_.has(i) || graph_.weights(i) >= kLargeProjection);
    });
    const OpSet fused = typed(run_, "scaled_dot_product_attention");
    const OpSet wide = in(typed(run_, "conv") | typed(run_, "conv_transpose"), [&](int i) {
      const auto sizes = graph_.dims(i);
      return sizes.size() > 1 && sizes[1] > max_width_;
    });
    form_.linear = linear.size();
    form_.matmul_with_weights = weighted.size();
    form_.fused_attention = fused.size();
    form_.wide_convolutions = wide.size();
    refuse(linear, "linear");
    refuse(weighted, "matmul or einsum with weights");
    refuse(fused, "fused attention");
    refuse(wide, fmt::format("convolutions wider than {}", max_width_));
  }

  // ---- attentions
  using Group = std::vector<size_t>;  // of softmaxes_
  std::vector<Group> attentions_in_order() const {
    std::vector<Group> groups;
    for (const auto& entry : groups_) groups.push_back(entry.second);
    std::sort(groups.begin(), groups.end());
    return groups;
  }

  bool is_exempt(int i) const {
    return reshapes_.fold.has(i) || reshapes_.norm.has(i) || (form_.short_sequence && reshapes_.last_axis.has(i));
  }

  void judge_attention(const Group& group) {
    const SoftmaxOfAttention& first = softmaxes_[group[0]];
    AttentionForm row;
    row.softmaxes = static_cast<int>(group.size());
    row.key_axis = first.key_axis;
    row.shape = first.shape;
    row.queries = first.queries;
    row.equations = {first.equations.begin(), first.equations.end()};
    row.first = graph_.name(first.softmax);
    OpSet all = graph_.none();
    for (size_t way = 0; way < first.ways.size(); ++way) {
      OpSet changes = graph_.none();
      for (const size_t member : group)
        changes |=
            in(softmaxes_[member].ways[way], [&](int i) { return changes_axes(graph_.type(i)) && !is_exempt(i); });
      row.by_way[SoftmaxOfAttention::kWays[way]] = changes.size();
      all |= changes;
    }
    row.axis_changes = all.size();
    for (const size_t member : group) row.heads_per_softmax = std::max(row.heads_per_softmax, softmaxes_[member].heads);
    for (const size_t member : group)
      if (!is_one_head(softmaxes_[member])) {
        const SoftmaxOfAttention& bad = softmaxes_[member];
        form_.reasons.push_back(fmt::format("attention {}: {:g} heads in a softmax over axis {} of {}",
                                            graph_.name(bad.softmax), bad.heads, bad.key_axis, to_string(bad.shape)));
        break;
      }
    if (row.axis_changes > 1)
      form_.reasons.push_back(fmt::format("attention {}: {} changes of axes", row.first, row.axis_changes));
    form_.attentions.push_back(std::move(row));
  }

  static bool is_one_head(const SoftmaxOfAttention& softmax) {
    const auto& shape = softmax.shape;
    if (shape.size() != 4) return false;
    const bool strict = shape[2] == 1 && softmax.key_axis == 1 && softmax.heads <= 1;
    const bool packed = softmax.queries < kLong && (softmax.key_axis == 1 || softmax.key_axis == 3) &&
                        (shape[3] > 0 ? shape[3] : 99) > softmax.queries;
    return strict || packed;
  }

  // ---- axes
  void count_axis_changes() {
    const OpSet transposes = typed(trunk_, "transpose");
    form_.transposes_in_trunk = transposes.size();
    form_.transposes = typed(run_, "transpose").size();
    if (transposes.size() > attentions())
      refuse(transposes, fmt::format("transposes in the trunk for {} attentions", attentions()));
    const OpSet rest = form_.short_sequence ? reshapes_.rest : reshapes_.rest | reshapes_.last_axis;
    refuse(rest, "reshapes in the trunk");
    form_.reshape_in_trunk = rest.size();
    form_.folds = reshapes_.fold.size();
    form_.norm_reshapes = reshapes_.norm.size();
    form_.short_reshapes = reshapes_.last_axis.size();
    if (form_.folds > 2 * attentions())
      refuse(reshapes_.fold, fmt::format("folds of images for {} attentions", attentions()));
    if (form_.short_sequence && form_.short_reshapes > 4 * attentions())
      refuse(reshapes_.last_axis, fmt::format("reshapes of the last axis for {} attentions", attentions()));
  }

  void count_layouts() {
    const std::set<ValueId> images = image_values(graph_);
    int all = 0;
    std::vector<std::string> bad;
    for (const int i : (trunk_ - reshapes_.inside_norm).members())
      for (const Output& output : graph_.op(i).outputs) {
        if (!output.type.is_tensor() || !is_float(output.type.dtype)) continue;
        ++all;
        const auto sizes = graph_.dims(output.id);
        const bool longer = form_.short_sequence && sizes.size() == 4 && (sizes[3] > 0 ? sizes[3] : 99) > queries_;
        if (sizes.size() == 4 && (sizes[2] == 1 || images.count(output.id) || longer)) continue;
        bad.push_back(fmt::format("{} {}", output.name, output.type.str()));
      }
    form_.trunk_form_share = 1 - static_cast<double>(bad.size()) / std::max(all, 1);
    if (bad.empty()) return;
    const size_t count = bad.size();
    bad.resize(std::min<size_t>(count, 3));
    form_.reasons.push_back(
        fmt::format("{} of {} values of the trunk are not (B,C,1,S) or images: {}", count, all, join(bad, ", ")));
  }

  // ---- what the engine lacks
  bool touches(int i, std::initializer_list<DType> dtypes) const {
    const auto is_one = [&](ValueId value) {
      const Type* type = graph_.tensor(value);
      return type && std::find(dtypes.begin(), dtypes.end(), type->dtype) != dtypes.end();
    };
    for (const Output& output : graph_.op(i).outputs)
      if (is_one(output.id)) return true;
    for (const Argument& argument : graph_.op(i).arguments) {
      if (kIndices.count(argument.name)) continue;
      for (const Operand& operand : argument.operands)
        if (operand.is_value() && !graph_.is_constant(operand.value()) && is_one(operand.value())) return true;
    }
    return false;
  }

  void count_types() {
    for (const int i : run_.members())
      for (const Output& output : graph_.op(i).outputs)
        form_.max_rank = std::max(form_.max_rank, static_cast<int>(graph_.dims(output.id).size()));
    if (form_.max_rank > 5) form_.reasons.push_back(fmt::format("rank {}", form_.max_rank));
    const OpSet integers = in(trunk_, [&](int i) {
      return touches(i, {DType::kInt32, DType::kInt64, DType::kUInt32, DType::kUInt64});
    });
    form_.int32_ops_inside = integers.size();
    form_.bool_ops_inside = in(trunk_, [&](int i) { return touches(i, {DType::kBool}); }).size();
    const OpSet never = in(run_, [&](int i) { return kNever.count(graph_.type(i)) > 0; });
    for (const int i : never.members()) ++form_.never_on_ane[graph_.type(i)];
    std::vector<int> softmaxes;
    for (const SoftmaxOfAttention& softmax : softmaxes_) softmaxes.push_back(softmax.softmax);
    const OpSet ahead = graph_.spread(softmaxes, Way::kBefore);
    const OpSet gathers = in(trunk_, [&](int i) {
      const ValueId indices = graph_.argument(i, "indices");
      return graph_.type(i).rfind("gather", 0) == 0 && indices != kNoValue && !graph_.is_constant(indices);
    });
    form_.runtime_gathers = gathers.size();
    refuse(integers, "int32 ops in the trunk");
    refuse(in(never, [&](int i) { return trunk_.has(i) || kNowhere.count(graph_.type(i)) > 0; }),
           "ops that the Neural Engine lacks");
    refuse(gathers & ahead, "gathers with indices from outside in the trunk");
  }

  void count_masks() {
    const OpSet huge = in(run_, [&](int i) {
      const auto keys = kMasking.find(graph_.type(i));
      if (keys == kMasking.end()) return false;
      return std::any_of(keys->second.begin(), keys->second.end(), [&](const char* key) { return is_huge(i, key); });
    });
    form_.infinite_masks = huge.size();
    refuse(huge, "infinite or huge constants in masks");
  }

  bool is_huge(int i, const char* key) const {
    const Constant* constant = graph_.literal(i, key);
    if (!constant || !constant->type().is_tensor() || !is_float(constant->type().dtype)) return false;
    const Tensor values = constant->tensor();
    for (const float value : values.as<float>())
      if (!(std::fabs(value) <= kFinite)) return true;
    return false;
  }

  void count_bytes() {
    for (const int i : run_.members())
      for (const Output& output : graph_.op(i).outputs) {
        if (!graph_.tensor(output.id)) continue;
        const auto sizes = graph_.dims(output.id);
        const int64_t element = std::max(bit_width(output.type.dtype) / 8, 1);
        const int64_t last = (sizes.empty() || sizes.back() < 1 ? 1 : sizes.back());
        const int64_t rows = graph_.elements(output.id) / last;
        form_.bytes += rows * last * element;
        form_.padded_bytes += rows * ((last * element + 63) / 64 * 64);
      }
  }

  FormGraph graph_;
  int64_t max_width_;
  AneForm form_;
  OpSet projections_, large_, live_, trunk_, run_;
  SortedReshapes reshapes_;
  std::vector<SoftmaxOfAttention> softmaxes_;
  std::map<std::vector<int>, Group> groups_;
  int64_t queries_ = 99;
};

}  // namespace

AneForm judge_ane_form(const Program& program, const std::string& function, int64_t max_width) {
  return Judge(function.empty() ? program.main() : program.function(function), max_width).judge();
}

}  // namespace anemone
