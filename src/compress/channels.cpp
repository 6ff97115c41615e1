// SPDX-License-Identifier: Apache-2.0
#include "compress/channels.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

std::optional<int64_t> length(const Type& type, int axis) {
  if (!type.is_tensor() || !type.ranked || axis >= type.rank()) return std::nullopt;
  const Dim& dim = type.shape[static_cast<size_t>(axis)];
  return dim.is_constant() ? std::optional(dim.value()) : std::nullopt;
}

// Elements from one index of the axis to the next.
std::optional<int64_t> stride(const Type& type, int axis) {
  int64_t result = 1;
  for (int i = axis + 1; i < type.rank(); ++i) {
    const auto size = length(type, i);
    if (!size || __builtin_mul_overflow(result, *size, &result)) return std::nullopt;
  }
  return result;
}

class Tracer {
 public:
  explicit Tracer(const Graph& graph) : graph_(graph) {
    for (const OpPtr& op : graph.function().body.ops) outermost_.insert(op.get());
  }

  Channels run(ValueId value, ChannelPlace place) {
    const auto size = length(graph_.type(value), place.axis);
    if (!size || *size % place.size != 0) return refuse("their number is not known"), std::move(result_);
    result_.count = *size / place.size;
    reach(value, place);
    drain();
    return std::move(result_);
  }

 private:
  void refuse(const std::string& obstacle) {
    if (result_.obstacle.empty()) result_.obstacle = obstacle;
  }
  void want_larger(int64_t size) {
    refuse(fmt::format("they belong together in groups of {}", size));
    result_.larger = std::max(result_.larger, size);
  }

  void drain() {
    while (!queue_.empty() && result_.obstacle.empty()) {
      const ValueId next = queue_.front();
      queue_.pop_front();
      follow(next);
    }
  }

  // `by` an op: of a constant that others use as well, it gets one of its own.
  void reach(ValueId value, ChannelPlace place, const Op* by = nullptr) {
    const Op* producer = graph_.producer(value);
    if (by && producer && producer->type == "const" && graph_.users(value).size() > 1) {
      const auto [found, is_new] = result_.shared.emplace(std::pair(by->id(), value), place);
      if (!(found->second == place)) refuse(fmt::format("{} holds them twice", graph_.name(value)));
      if (length(graph_.type(value), place.axis) != result_.count * place.size)
        refuse(fmt::format("{} holds others beside them", graph_.name(value)));
      return;
    }
    const auto [found, is_new] = result_.places.emplace(value, place);
    if (!is_new && found->second == place) return;
    if (!is_new) return refuse(fmt::format("{} holds them twice", graph_.name(value)));
    if (length(graph_.type(value), place.axis) != result_.count * place.size)
      return refuse(fmt::format("{} holds others beside them", graph_.name(value)));
    queue_.push_back(value);
  }

  void follow(ValueId value) {
    const Op* producer = graph_.producer(value);
    if (!producer) return refuse("they reach an input");
    if (graph_.is_block_output(value)) return refuse("they reach an output");
    if (producer->type != "const") visit(*producer);
    for (const Op* user : graph_.users(value)) visit(*user);
  }

  void visit(const Op& op) {
    if (!result_.obstacle.empty() || result_.splits.count(op.id())) return;
    const OpDefinition* definition = op_table().find(op.type);
    if (is_constexpr(op)) return refuse(fmt::format("{} is compressed already", op.name));
    if (!outermost_.count(&op) || !op.blocks.empty() || !definition)
      return refuse(fmt::format("{} is inside a loop or a branch", op.name));
    if (op.type != "cast" && !definition->view_of.empty()) return visit_view(op, definition->view_of);
    if (op.type == "scaled_dot_product_attention") return visit_attention(op);
    const auto statement = axes_of(op, op_table(), graph_.function().opset, graph_);
    if (!statement) return refuse(fmt::format("{} ({}) mixes them", op.name, op.type));
    for (const auto& [letter, size] : letters_of(op, *statement)) visit_letter(op, *statement, letter, size);
  }

  static const Operand* operand_at(const Op& op, const AxesStatement::Place& place) {
    const Argument* argument = op.argument(place.argument);
    return argument && place.index < argument->operands.size() ? &argument->operands[place.index] : nullptr;
  }

  // The letters of axes that are known to hold the units, and how many channels make a unit there.
  std::map<char, int64_t> letters_of(const Op& op, const AxesStatement& statement) const {
    std::map<char, int64_t> result;
    const auto note = [&](ValueId value, const std::string& letters) {
      const auto found = result_.places.find(value);
      if (found != result_.places.end())
        result[letters.at(static_cast<size_t>(found->second.axis))] = found->second.size;
    };
    for (const AxesStatement::Place& place : statement.operands)
      if (const Operand* operand = operand_at(op, place); operand && operand->is_value())
        note(operand->value(), place.letters);
    for (size_t i = 0; i < statement.outputs.size(); ++i) note(op.outputs[i].id, statement.outputs[i]);
    return result;
  }

  void visit_letter(const Op& op, const AxesStatement& statement, char letter, int64_t size) {
    if (statement.along.find(letter) != std::string::npos) return visit_along(op, size);
    bool stays = statement.contracts;
    for (size_t i = 0; i < statement.outputs.size(); ++i) {
      const size_t axis = statement.outputs[i].find(letter);
      if (axis == std::string::npos) continue;
      stays = true;
      reach(op.outputs[i].id, {static_cast<int>(axis), size});
    }
    if (!stays) return refuse(fmt::format("{} ({}) mixes them", op.name, op.type));
    for (const AxesStatement::Place& place : statement.operands) {
      const size_t axis = place.letters.find(letter);
      const Operand* operand = operand_at(op, place);
      if (axis == std::string::npos || !operand) continue;
      const Type& type = operand->is_value() ? graph_.type(operand->value()) : operand->literal().type();
      if (length(type, static_cast<int>(axis)) == 1 && result_.count * size > 1) continue;  // broadcast
      if (!operand->is_value()) return refuse(fmt::format("{} holds a literal of them", op.name));
      reach(operand->value(), {static_cast<int>(axis), size}, &op);
      if (place.argument == "weight") reach_bias(op, statement, letter, size);
    }
  }

  // What a product adds lies along the outputs.
  void reach_bias(const Op& op, const AxesStatement& statement, char letter, int64_t size) {
    const Operand* bias = graph_.operand(op, "bias");
    if (!bias || statement.outputs[0].find(letter) == std::string::npos) return;
    if (!bias->is_value()) return refuse(fmt::format("{} holds a literal of them", op.name));
    reach(bias->value(), {0, size}, &op);
  }

  void visit_along(const Op& op, int64_t size) {
    const auto found = result_.places.find(op.id());
    if (op.type != "concat" || found == result_.places.end())
      return refuse(fmt::format("{} ({}) mixes them", op.name, op.type));
    const auto& operands = op.argument("values")->operands;
    const auto part = length(graph_.type(operands.front().value()), found->second.axis);
    if (part && *part > size && *part % size == 0) return want_larger(*part);
    for (const Operand& operand : operands)
      if (length(graph_.type(operand.value()), found->second.axis) != size)
        return refuse(fmt::format("{} joins unequal parts", op.name));
    if (result_.joins.insert(op.id()).second) follow_parts(op);
  }

  // Behind the operands of a concat, each unit has ops of its own. Where these begin at the results of one split, the
  // units go on in what is split; where that cannot be followed, it stays whole.
  void follow_parts(const Op& join) {
    std::map<const Op*, std::vector<int64_t>> units;  // of the results of splits
    const auto& operands = join.argument("values")->operands;
    for (size_t unit = 0; unit < operands.size(); ++unit)
      for (const auto& [op, index] : results_of_splits(join, operands[unit].value())) {
        auto& own = units.try_emplace(op, op->outputs.size(), -1).first->second;
        own[index] = static_cast<int64_t>(unit);
      }
    for (const auto& [op, own] : units) {
      std::vector<int64_t> in_order(operands.size());
      std::iota(in_order.begin(), in_order.end(), int64_t{0});
      if (own == in_order) follow_split(*op);
    }
  }

  // The results of splits that nothing needs but one operand of the concat.
  std::vector<std::pair<const Op*, size_t>> results_of_splits(const Op& join, ValueId operand) const {
    std::set<const Op*> own;
    const auto serves = [&](ValueId value) {
      const auto& users = graph_.users(value);
      return !graph_.is_block_output(value) && std::all_of(users.begin(), users.end(), [&](const Op* user) {
        return own.count(user) || (user == &join && value == operand);
      });
    };
    std::vector<std::pair<const Op*, size_t>> result;
    const auto& ops = graph_.function().body.ops;
    for (size_t i = ops.size(); i-- > 0;) {
      const Op& op = *ops[i];
      if (!op.blocks.empty() || op.type == "const") continue;
      bool all = true;
      for (size_t j = 0; j < op.outputs.size(); ++j) {
        const bool serving = !graph_.users(op.outputs[j].id).empty() && serves(op.outputs[j].id);
        if (serving && op.type == "split") result.emplace_back(&op, j);
        all &= serving;
      }
      if (all) own.insert(&op);
    }
    return result;
  }

  void follow_split(const Op& op) {
    const auto statement = axes_of(op, op_table(), graph_.function().opset, graph_);
    if (!statement || statement->along.size() != 1 || !op.argument("x")->operands.front().is_value()) return;
    const int axis = static_cast<int>(statement->operands.front().letters.find(statement->along[0]));
    const auto size = length(op.outputs.front().type, axis);
    for (const Output& output : op.outputs)
      if (!size || length(output.type, axis) != size) return;
    Tracer trial(*this);
    trial.result_.splits.insert(op.id());
    trial.reach(op.argument("x")->operands.front().value(), {axis, *size});
    trial.drain();
    if (!trial.result_.obstacle.empty()) return;
    queue_ = std::move(trial.queue_);
    result_ = std::move(trial.result_);
  }

  // The leading axes are batches and heads; those that a mask has with one entry are the same for all.
  void visit_attention(const Op& op) {
    const auto at_place = [&](ValueId value) {
      const auto found = result_.places.find(value);
      if (found == result_.places.end()) return;
      const int from_end = graph_.type(value).rank() - found->second.axis;
      if (from_end <= 2) return refuse(fmt::format("{} mixes them", op.name));
      const int64_t size = found->second.size;
      reach(op.id(), {graph_.type(op.id()).rank() - from_end, size});
      for (const char* name : {"query", "key", "value", "attn_mask"}) {
        const Operand* operand = graph_.operand(op, name);
        if (!operand || !operand->is_value()) continue;
        const int axis = graph_.type(operand->value()).rank() - from_end;
        if (axis < 0 || length(graph_.type(operand->value()), axis) == 1) continue;
        reach(operand->value(), {axis, size}, &op);
      }
    };
    at_place(op.id());
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) at_place(operand.value());
  }

  // A view has the same elements in another shape: the units are where the same stride is.
  void visit_view(const Op& op, const std::string& argument) {
    const Operand* source = graph_.operand(op, argument);
    if (!source || !source->is_value()) return refuse(fmt::format("{} mixes them", op.name));
    const auto from = result_.places.find(source->value());
    const auto to = result_.places.find(op.id());
    if (from != result_.places.end() && to == result_.places.end()) seen_as(source->value(), from->second, op.id());
    if (to != result_.places.end() && from == result_.places.end()) seen_as(op.id(), to->second, source->value());
  }

  void seen_as(ValueId value, ChannelPlace place, ValueId other) {
    const Type& type = graph_.type(other);
    const auto step = stride(graph_.type(value), place.axis);
    if (!step || !type.is_tensor() || !type.ranked)
      return refuse(fmt::format("the shape of {} is not known", graph_.name(other)));
    const int64_t unit = *step * place.size;
    for (int axis = 0; axis < type.rank(); ++axis) {
      const auto own = stride(type, axis);
      const auto size = length(type, axis);
      if (!own || !size || unit % *own != 0) continue;
      if (*own * *size == unit * result_.count && *size > 1) return reach(other, {axis, unit / *own});
      // The axis holds parts of the units' axis: units must be as large as what the axis holds.
      if (*size > 1 && *own * *size > unit && (unit * result_.count) % (*own * *size) == 0)
        return want_larger(*own * *size / *step);
    }
    refuse(fmt::format("{} mixes them", graph_.name(other)));
  }

  const Graph& graph_;
  std::set<const Op*> outermost_;
  Channels result_;
  std::deque<ValueId> queue_;
};

}  // namespace

Channels trace_channels(const Graph& graph, ValueId value, int axis, int64_t size) {
  return Tracer(graph).run(value, {axis, size});
}

int64_t Removal::kept() const { return std::count(gone.begin(), gone.end(), uint8_t{0}); }

}  // namespace anemone
