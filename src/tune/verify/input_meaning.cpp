// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/input_meaning.h"

#include <algorithm>
#include <optional>
#include <set>

#include "ir/graph.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using Kind = InputMeaning::Kind;

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Ops whose result holds values of their first argument and nothing else.
bool carries(const Op& op) {
  static const std::set<std::string> kCarriers = {
      "cast",           "expand_dims",   "reshape", "squeeze", "identity", "slice_by_index",
      "slice_by_size",  "transpose",     "tile",    "concat",  "stack",    "flatten2d",
      "broadcast_like", "pad",           "split",   "clip",    "reverse",  "gather_along_axis",
      "reshape_like",   "slice_by_size", "gather"};
  return kCarriers.count(op.type) > 0;
}

// What is found while following an input forwards.
struct Uses {
  std::optional<int64_t> table;  // rows of the smallest table that it indexes
  bool masks = false;            // compared, subtracted from or multiplied: 0 or 1
  bool added = false;            // added to something that is not constant
};

class Follower {
 public:
  explicit Follower(const Graph& graph) : graph_(graph) {}

  Uses follow(ValueId value) {
    visit(value, 0);
    return uses_;
  }

 private:
  static constexpr size_t kMostValues = 1000;

  void visit(ValueId value, int64_t offset) {
    if (visited_.size() > kMostValues || !visited_.insert(value).second) return;
    for (const Op* op : graph_.users(value)) use(*op, value, offset);
  }

  bool is(const Op& op, std::string_view argument, ValueId value) const {
    const Operand* operand = graph_.operand(op, argument);
    return operand && operand->is_value() && operand->value() == value;
  }

  void use(const Op& op, ValueId value, int64_t offset) {
    if (op.type == "gather" && is(op, "indices", value)) return index(op, offset);
    if (op.type == "one_hot" && is(op, "indices", value)) return index_one_hot(op, offset);
    if (op.type == "add" || op.type == "sub") return shift(op, value, offset);
    if (op.type == "select" && !is(op, "cond", value)) return visit(op.id(), offset);
    if (op.type == "mul" || op.type == "select" || op.type == "equal" || op.type == "not_equal") uses_.masks = true;
    if (!carries(op)) return;
    for (const Output& output : op.outputs) visit(output.id, offset);
  }

  void limit(const Dim& rows, int64_t offset) {
    if (!rows.is_constant()) return;
    uses_.table = std::min(uses_.table.value_or(INT64_MAX), std::max<int64_t>(1, rows.value() - offset));
  }

  std::optional<int64_t> integer(const Op& op, std::string_view argument) const {
    const Constant* constant = graph_.constant(op, argument);
    if (!constant || !constant->type().is_tensor() || constant->type().dtype == DType::kString) return std::nullopt;
    if (is_float(constant->type().dtype) || constant->element_count() != 1) return std::nullopt;
    return to_integers(constant->tensor()).at(0);
  }

  void index(const Op& op, int64_t offset) {
    const Operand* table = graph_.operand(op, "x");
    if (!table) return;
    const Type& type = table->is_value() ? graph_.type(table->value()) : table->literal().type();
    const int64_t axis = integer(op, "axis").value_or(0);
    const int64_t place = axis < 0 ? axis + type.rank() : axis;
    if (type.is_tensor() && type.ranked && place >= 0 && place < type.rank()) limit(type.shape[place], offset);
  }

  void index_one_hot(const Op& op, int64_t offset) {
    if (const auto size = integer(op, "one_hot_vector_size")) limit(*size, offset);
  }

  // Indices that are moved by a constant stay indices. A sum that only a select takes is how negative indices are
  // wrapped around: ids that are not negative do not meet it.
  void shift(const Op& op, ValueId value, int64_t offset) {
    const bool first = is(op, "x", value);
    const auto other = integer(op, first ? "y" : "x");
    const auto& users = graph_.users(op.id());
    const bool wraps = !users.empty() &&
                       std::all_of(users.begin(), users.end(), [](const Op* user) { return user->type == "select"; });
    if (other && wraps) return;
    if (other && op.type == "add" && *other >= 0) return visit(op.id(), offset + *other);
    if (op.type == "sub" && !first) uses_.masks = true;
    if (op.type == "add" && !graph_.constant(op, first ? "y" : "x")) uses_.added = true;
  }

  const Graph& graph_;
  std::set<ValueId> visited_;
  Uses uses_;
};

const Feature* feature_of(const Function& function, const std::string& name) {
  for (const Feature& feature : function.input_features)
    if (feature.name == name) return &feature;
  return nullptr;
}

InputMeaning meaning(const Function& function, const Graph& graph, const Output& input) {
  const Feature* feature = feature_of(function, input.name);
  if (feature && feature->kind == Feature::Kind::kImage) return {Kind::kPixels, 0};
  const Uses uses = Follower(graph).follow(input.id);
  const std::string name = lower_case(input.name);
  const bool positions = contains(name, "pos") || name == "pid";
  if (uses.table) return {positions ? Kind::kPositions : Kind::kIds, *uses.table};
  const bool real = input.type.is_tensor() && is_float(input.type.dtype);
  if (contains(name, "mask")) return {uses.added && !uses.masks ? Kind::kAdditiveMask : Kind::kMask, 0};
  if (contains(name, "time") || name == "t") return {Kind::kTime, 0};
  if (real) return {Kind::kReal, 0};
  if (positions) return {Kind::kPositions, 0};
  return {uses.masks ? Kind::kMask : Kind::kFlags, 0};
}

}  // namespace

InputMeanings input_meanings(const Function& function) {
  const Graph graph(function);
  InputMeanings meanings;
  for (const Output& input : function.inputs)
    if (!input.type.is_state()) meanings[input.name] = meaning(function, graph, input);
  return meanings;
}

InputMeanings merged(InputMeanings a, const InputMeanings& b) {
  for (auto& [name, mine] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second == mine) continue;
    const InputMeaning& theirs = other->second;
    const bool knows_nothing = mine.kind == Kind::kFlags || (mine.limit == 0 && theirs.limit > 0);
    if (knows_nothing) mine = theirs;
    if (mine.limit > 0 && theirs.limit > 0) mine.limit = std::min(mine.limit, theirs.limit);
  }
  return a;
}

}  // namespace anemone
