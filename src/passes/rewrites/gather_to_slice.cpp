// SPDX-License-Identifier: Apache-2.0
// A gather whose indices are known: a slice, when they follow each other, or a repetition of heads. Gathers leave the
// Neural Engine.
//
//     gather(x, 2, axis = 1)                      ->   squeeze(slice_by_index(x, 2, 3))
//     gather(x, [4, 5, 6, 7], axis = 1)           ->   slice_by_index(x, 4, 8)
//     gather(x, [0, 0, 1, 1], axis = 1)           ->   reshape(tile(expand_dims(x, 2), ..))     each index n times
//     gather(x, [0, 1, 0, 1], axis = 1)           ->   reshape(tile(expand_dims(x, 1), ..))     all n times
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

enum class Kind : uint8_t { kNone, kRange, kEach, kAll };

// What the indices are for an axis of this size.
Kind kind_of(const std::vector<int64_t>& indices, int64_t size) {
  const auto count = static_cast<int64_t>(indices.size());
  const auto all = [&](auto wanted) {
    for (int64_t i = 0; i < count; ++i)
      if (indices[static_cast<size_t>(i)] != wanted(i)) return false;
    return true;
  };
  if (all([&](int64_t i) { return indices[0] + i; })) return Kind::kRange;
  if (size < 1 || count % size != 0) return Kind::kNone;
  if (all([&](int64_t i) { return i / (count / size); })) return Kind::kEach;
  return all([&](int64_t i) { return i % size; }) ? Kind::kAll : Kind::kNone;
}

class Picker {
 public:
  Picker(const Graph& graph, const PassContext& context, const Op& op)
      : graph_(graph), op_(op), builder_(context.builder(graph)) {}

  std::optional<Patch> run() {
    x_ = value_of(graph_, op_, "x");
    const auto axis = constant_integers(graph_, op_, "axis");
    const auto batch = constant_integers(graph_, op_, "batch_dims");
    const Constant* indices = graph_.constant(op_, "indices");
    if (x_ == kNoValue || !indices || !graph_.type(x_).is_concrete() || (batch && (*batch)[0] != 0))
      return std::nullopt;
    shape_ = graph_.type(x_).concrete();
    axis_ = static_cast<size_t>(normalized_axis(axis ? (*axis)[0] : 0, static_cast<int>(shape_.size())));
    const int rank = indices->type().rank();
    auto list = constant_integers(graph_, op_, "indices");
    if (!list || list->empty() || rank > 1) return std::nullopt;
    for (int64_t& index : *list) {
      if (index < 0) index += shape_[axis_];
      if (index < 0 || index >= shape_[axis_]) return std::nullopt;
    }
    const auto made = picked(*list);
    if (!made) return std::nullopt;
    const ValueId result = rank == 0 ? builder_.add("squeeze", {{"x", *made}, {"axes", {at()}}}, name()) : *made;
    return Patch::instead_of(op_, builder_, result);
  }

 private:
  std::optional<ValueId> picked(const std::vector<int64_t>& list) {
    switch (kind_of(list, shape_[axis_])) {
      case Kind::kRange:
        return sliced(list[0], static_cast<int64_t>(list.size()));
      case Kind::kEach:
        return repeated(axis_ + 1, static_cast<int64_t>(list.size()));
      case Kind::kAll:
        return repeated(axis_, static_cast<int64_t>(list.size()));
      case Kind::kNone:
        break;
    }
    return std::nullopt;
  }

  ValueId sliced(int64_t begin, int64_t count) {
    std::vector<int32_t> begins(shape_.size(), 0), ends;
    for (const int64_t size : shape_) ends.push_back(static_cast<int32_t>(size));
    begins[axis_] = static_cast<int32_t>(begin);
    ends[axis_] = static_cast<int32_t>(begin + count);
    return builder_.add("slice_by_index", {{"x", x_}, {"begin", begins}, {"end", ends}}, name());
  }

  // With a new axis at `where` that is repeated, and is joined to the one that it stands beside.
  std::optional<ValueId> repeated(size_t where, int64_t count) {
    if (shape_.size() > 4) return std::nullopt;
    std::vector<int32_t> reps(shape_.size() + 1, 1), result;
    reps[where] = static_cast<int32_t>(count / shape_[axis_]);
    for (const int64_t size : shape_) result.push_back(static_cast<int32_t>(size));
    result[axis_] = static_cast<int32_t>(count);
    const ValueId open = builder_.add("expand_dims", {{"x", x_}, {"axes", {static_cast<int32_t>(where)}}}, name());
    const ValueId tiled = builder_.add("tile", {{"x", open}, {"reps", reps}}, name());
    return builder_.add("reshape", {{"x", tiled}, {"shape", result}}, name());
  }

  const std::string& name() const { return op_.outputs[0].name; }
  int32_t at() const { return static_cast<int32_t>(axis_); }

  const Graph& graph_;
  const Op& op_;
  Builder builder_;
  ValueId x_ = kNoValue;
  ConcreteShape shape_;
  size_t axis_ = 0;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "gather" || !op.outputs[0].type.is_tensor() || !is_float(op.outputs[0].type.dtype)) return;
    if (auto patch = Picker(graph, context, op).run()) patches.push_back(std::move(*patch));
  });
  return patches;
}

}  // namespace

void register_pass_gather_to_slice(PassTable& table) {
  table.add({"gather_to_slice", Stage::kCanonicalize, {}, "gathers of known indices are slices or repetitions", find});
}

}  // namespace anemone
