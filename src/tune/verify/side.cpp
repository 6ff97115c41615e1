// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/side.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

std::string mark_of(const Constant& constant) {
  const Type& type = constant.type();
  if (!type.is_tensor()) return "other";
  if (type.dtype == DType::kString) return join(constant.strings(), ",");
  const Tensor tensor = converted(constant.tensor(), DType::kFloat32);
  double sum = 0;
  double squares = 0;
  for (const float value : tensor.as<float>()) {
    sum += value;
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  if (!constant.is_small()) constant.release();
  return fmt::format("{}:{:.4g}:{:.4g}", tensor.size(), sum, squares);
}

void add_outer_values(const Block& block, std::set<ValueId>& defined, std::vector<ValueId>& outer) {
  for (const Output& input : block.inputs) defined.insert(input.id);
  for (const OpPtr& op : block.ops) {
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value() && !defined.count(operand.value())) outer.push_back(operand.value());
    for (const Block& nested : op->blocks) add_outer_values(nested, defined, outer);
    for (const Output& output : op->outputs) defined.insert(output.id);
  }
}

}  // namespace

bool is_movement(const Op& op) {
  static const std::set<std::string> kMovements = {
      "cast",      "concat",         "depth_to_space", "expand_dims",     "flatten2d",     "gather",
      "gather_nd", "identity",       "pixel_shuffle",  "read_state",      "reshape",       "reshape_like",
      "reverse",   "slice_by_index", "slice_by_size",  "space_to_depth",  "split",         "squeeze",
      "stack",     "tile",           "transpose",      "pixel_unshuffle", "broadcast_like"};
  return kMovements.count(op.type) > 0;
}

std::string origin_of(const Op& op) { return op.provenance.substr(0, op.provenance.find('|')); }

Side::Side(const Function& function, Values values)
    : graph_(function), ops_(captured_ops(function)), kept_(std::move(values)) {
  const auto keep = [&](ValueId id) {
    const Tensor* value = kept_.find(id);
    if (!value) return;
    ids_.push_back(id);
    values_[id] = converted(*value, DType::kFloat32);
    scales_[id] = scale_of(values_[id]);
    put_away(id);
  };
  for (const Output& input : function.inputs) keep(input.id);
  for (size_t i = 0; i < ops_.size(); ++i) {
    const Op& op = *ops_[i];
    order_[op.id()] = static_cast<int>(i);
    names_.emplace(op.name, &op);
    if (!origin_of(op).empty()) origins_[origin_of(op)].push_back(&op);
    for (const Output& output : op.outputs) {
      output_names_[output.name] = &op;
      keep(output.id);
    }
  }
  int count = 0;
  for_each_op(function.body, [&](const Op& op) {
    if (is_executed(op)) index_[op.id()] = count++;
  });
}

const Op* Side::producer(ValueId value) const {
  const Op* op = graph_.contains(value) ? graph_.producer(value) : nullptr;
  return op && order_.count(op->id()) ? op : nullptr;
}

const Tensor* Side::value(ValueId value) const {
  const auto found = values_.find(value);
  return found == values_.end() ? nullptr : &found->second;
}

std::vector<Slot> Side::slots(const Op& op) const {
  std::vector<Slot> slots;
  const auto add = [&](const std::string& argument, size_t index, ValueId id) {
    if (graph_.type(id).is_state()) {
      const Op* writer = producer(id);
      if (writer && writer->type == "write_state")
        if (const Operand* data = graph_.operand(*writer, "data"); data && data->is_value()) id = data->value();
    }
    if (value(id)) slots.push_back({argument, index, id});
  };
  for (const Argument& argument : op.arguments)
    for (size_t i = 0; i < argument.operands.size(); ++i)
      if (argument.operands[i].is_value()) add(argument.name, i, argument.operands[i].value());
  std::set<ValueId> defined;
  std::vector<ValueId> outer;
  for (const Block& block : op.blocks) add_outer_values(block, defined, outer);
  for (size_t i = 0; i < outer.size(); ++i) add("", i, outer[i]);
  return slots;
}

const Side::Marks& Side::marks(const Op& op) const {
  constexpr int64_t kTelling = 16;
  const auto [entry, fresh] = marks_.try_emplace(op.id());
  Marks& marks = entry->second;
  if (!fresh) return marks;
  int64_t most = kTelling - 1;
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands) {
      const Op* maker = operand.is_value() ? graph_.producer(operand.value()) : nullptr;
      if (maker && is_constexpr(*maker)) {
        marks.all += argument.name + "=" + this->marks(*maker).all;
        marks.weight = this->marks(*maker).all;
        most = std::numeric_limits<int64_t>::max();  // what is compressed is a weight
      }
      const Constant* constant = graph_.constant(operand);
      if (!constant) continue;
      const std::string mark = mark_of(*constant);
      marks.all += argument.name + "=" + mark + ";";
      const bool is_numbers = constant->type().is_tensor() && constant->type().dtype != DType::kString;
      if (!is_numbers || constant->element_count() <= most) continue;
      most = constant->element_count();
      marks.weight = mark;
    }
  return marks;
}

const Op* Side::by_name(const Op& other, NameKind kind) const {
  const auto in = [](const std::map<std::string, const Op*>& names, const std::string& name) -> const Op* {
    const auto found = names.find(name);
    return name.empty() || found == names.end() ? nullptr : found->second;
  };
  const auto from = [&](const std::string& origin) -> const Op* {
    const auto found = origins_.find(origin);
    return found != origins_.end() && found->second.size() == 1 ? found->second[0] : nullptr;
  };
  if (kind == NameKind::kOutput) return in(output_names_, other.outputs.front().name);
  if (kind == NameKind::kOp) return in(names_, other.name);
  // The origin of one may be the name of the other.
  if (const Op* op = in(names_, origin_of(other))) return op;
  if (const Op* op = from(other.name)) return op;
  return origin_of(other).empty() ? nullptr : from(origin_of(other));
}

}  // namespace anemone
