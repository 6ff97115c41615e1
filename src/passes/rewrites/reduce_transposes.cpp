// SPDX-License-Identifier: Apache-2.0
// Transposes that are undone behind a region of elementwise ops go on both sides of it.
//
//     a = transpose(x, p)                    ->    b = relu(x)
//     b = relu(a)                                  c = add(b, transposed constant)
//     c = add(b, constant)
//     d = transpose(c, inverse of p)
//
// The region may have several such inputs and outputs; every value of it must leave through a transpose back, so no
// transpose is added. Constants are transposed when they are written. Pushing a transpose anywhere else is a question
// of layout, which other passes answer.
#include <algorithm>
#include <unordered_set>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

struct Position {
  const Block* block = nullptr;
  size_t index = 0;
};
using Positions = std::unordered_map<const Op*, Position>;

void index(const Block& block, Positions& positions) {
  for (size_t i = 0; i < block.ops.size(); ++i) {
    positions[block.ops[i].get()] = {&block, i};
    for (const Block& nested : block.ops[i]->blocks) index(nested, positions);
  }
}

std::vector<int> inverse(const std::vector<int>& permutation) {
  std::vector<int> result(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) result[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
  return result;
}

bool is_one_element(const Type& type, size_t rank) {
  return type.is_tensor() && type.ranked && type.shape.size() <= rank &&
         std::all_of(type.shape.begin(), type.shape.end(), [](const Dim& dim) { return dim == Dim(1); });
}

// Grows from one op until every way in is a transpose by `in`, a constant or a scalar, and every way out undoes it.
class Region {
 public:
  Region(const Graph& graph, const OpTable& table, const Positions& positions, std::vector<int> in)
      : graph_(graph), table_(table), positions_(positions), in_(std::move(in)), out_(inverse(in_)) {}

  bool grow(const Op& start) {
    waiting_ = {&start};
    ops_.insert(&start);
    bool closed = true;
    while (!waiting_.empty()) {  // the whole component even when it is not closed, so that nobody tries it again
      const Op& op = *waiting_.back();
      waiting_.pop_back();
      closed &= elementwise(op) && take_operands(op) && take_users(op);
    }
    return closed;
  }

  const std::unordered_set<const Op*>& ops() const { return ops_; }

  Patch patch(const PassContext& context) const {
    std::vector<const Op*> ordered(ops_.begin(), ops_.end());
    std::sort(ordered.begin(), ordered.end(),
              [&](const Op* a, const Op* b) { return positions_.at(a).index < positions_.at(b).index; });
    Builder builder = context.builder(graph_);
    Patch patch;
    for (const Op* op : ordered) patch.rebuild[op->id()] = rebuilt(*op, builder);
    patch.place.op = ordered.front()->id();
    patch.insert = builder.ops();
    for (const Op* exit : exits_) {
      patch.replace[exit->id()] = value_of(graph_, *exit, "x");
      patch.remove.insert(exit->id());
    }
    return patch;
  }

 private:
  bool elementwise(const Op& op) const {
    const OpDefinition* definition = table_.find(op.type);
    const Type& type = op.outputs[0].type;
    return definition && definition->elementwise && op.outputs.size() == 1 && op.blocks.empty() && type.is_tensor() &&
           type.ranked && type.shape.size() == in_.size();
  }

  void add(const Op& op) {
    if (ops_.insert(&op).second) waiting_.push_back(&op);
  }

  bool take_operands(const Op& op) {
    bool fine = true;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands) {
        if (const Constant* constant = graph_.constant(operand)) {
          fine &= !constant->type().is_tensor() || constant->type().shape.size() <= in_.size();
          continue;
        }
        if (is_one_element(graph_.type(operand.value()), in_.size())) continue;
        const Op* producer = graph_.producer(operand.value());
        if (producer && entry(*producer)) continue;
        const bool inside =
            producer && elementwise(*producer) && positions_.at(producer).block == positions_.at(&op).block;
        if (inside) add(*producer);
        fine &= inside;
      }
    return fine;
  }

  bool take_users(const Op& op) {
    bool fine = !graph_.is_block_output(op.id());
    for (const Op* user : graph_.users(op.id())) {
      if (user->type == "transpose" && permutation(graph_, *user) == out_) {
        if (std::find(exits_.begin(), exits_.end(), user) == exits_.end()) exits_.push_back(user);
        continue;
      }
      const bool inside = elementwise(*user) && positions_.at(user).block == positions_.at(&op).block;
      if (inside) add(*user);
      fine &= inside;
    }
    return fine;
  }

  bool entry(const Op& op) const {
    return op.type == "transpose" && value_of(graph_, op, "x") != kNoValue && permutation(graph_, op) == in_;
  }

  OpPtr rebuilt(const Op& op, Builder& builder) const {
    auto result = std::make_shared<Op>(op);
    for (Argument& argument : result->arguments)
      for (Operand& operand : argument.operands) operand = inner(operand, builder);
    Type& type = result->outputs[0].type;
    Shape shape = type.shape;
    for (size_t i = 0; i < shape.size(); ++i) shape[i] = type.shape[static_cast<size_t>(out_[i])];
    type.shape = shape;
    return result;
  }

  Operand inner(const Operand& operand, Builder& builder) const {
    if (const Constant* constant = graph_.constant(operand)) {
      const Type& type = constant->type();
      if (!type.is_tensor() || is_one_element(type, in_.size())) return operand;
      ConcreteShape shape = type.concrete();
      shape.insert(shape.begin(), in_.size() - shape.size(), 1);
      const Constant moved = constant->reshaped(shape).transposed(out_);
      return operand.is_value() ? Operand(builder.constant(moved, graph_.name(operand.value()))) : Operand(moved);
    }
    const Op* producer = graph_.producer(operand.value());
    return producer && entry(*producer) ? Operand(value_of(graph_, *producer, "x")) : operand;
  }

  const Graph& graph_;
  const OpTable& table_;
  const Positions& positions_;
  std::vector<int> in_;
  std::vector<int> out_;
  std::unordered_set<const Op*> ops_;
  std::vector<const Op*> waiting_;
  std::vector<const Op*> exits_;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  Positions positions;
  index(graph.function().body, positions);
  std::vector<Patch> patches;
  std::map<std::vector<int>, std::unordered_set<const Op*>> tried;
  for_each_op(graph, [&](const Op& exit) {
    const auto out = exit.type == "transpose" ? permutation(graph, exit) : std::nullopt;
    const ValueId x = out ? value_of(graph, exit, "x") : kNoValue;
    const Op* last = x == kNoValue ? nullptr : graph.producer(x);
    if (!last || is_identity(*out) || tried[*out].count(last)) return;
    Region region(graph, context.table, positions, inverse(*out));
    if (region.grow(*last)) patches.push_back(region.patch(context));
    tried[*out].insert(region.ops().begin(), region.ops().end());
  });
  return patches;
}

}  // namespace

void register_pass_reduce_transposes(PassTable& table) {
  table.add({"reduce_transposes",
             Stage::kCleanUp,
             {"merge_consecutive_transposes"},
             "transposes around elementwise ops cancel",
             find});
}

}  // namespace anemone
