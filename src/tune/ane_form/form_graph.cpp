// SPDX-License-Identifier: Apache-2.0
#include "tune/ane_form/form_graph.h"

#include <algorithm>
#include <map>

#include "base/strings.h"

namespace anemone {
namespace {

void collect_inputs(const Op& op, std::vector<ValueId>& to) {
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (operand.is_value()) to.push_back(operand.value());
  for (const Block& block : op.blocks)
    for (const OpPtr& inner : block.ops) collect_inputs(*inner, to);
}

int executed_inside(const Op& op) {
  int count = 0;
  for (const Block& block : op.blocks) for_each_op(block, [&](const Op& inner) { count += is_executed(inner); });
  return count;
}

bool is_true(const Constant* flag) {
  return flag && to_integers(flag->tensor()) != std::vector<int64_t>(static_cast<size_t>(flag->element_count()), 0);
}

}  // namespace

bool reshapes(const std::string& type) { return type == "reshape" || type == "reshape_like" || type == "flatten2d"; }

bool changes_axes(const std::string& type) {
  return reshapes(type) || type == "transpose" || type == "expand_dims" || type == "squeeze";
}

FormGraph::FormGraph(const Function& function) : function_(function), graph_(function) {
  for (const OpPtr& op : function.body.ops) add(*op);
  batch_ = function.inputs.empty() ? 1 : std::numeric_limits<int64_t>::max();
  for (const Output& input : function.inputs) {
    const auto sizes = dims(input.id);
    batch_ = std::min(batch_, sizes.empty() ? 1 : std::max<int64_t>(sizes[0], 1));
  }
}

void FormGraph::add(const Op& op) {
  const int index = count();
  std::vector<ValueId> values;
  collect_inputs(op, values);
  const bool fixed =
      !is_executed(op) ||
      (!values.empty() && std::all_of(values.begin(), values.end(), [&](ValueId value) { return is_constant(value); }));
  for (const Output& output : op.outputs) {
    made_[output.id] = index;
    if (fixed) constant_.insert(output.id);
  }
  ops_.push_back(&op);
  std::set<int> sources;
  for (const ValueId value : values)
    if (const auto source = maker(value); source && *source != index) sources.insert(*source);
  before_.emplace_back(sources.begin(), sources.end());
  after_.emplace_back();
  for (const int source : sources) after_[static_cast<size_t>(source)].push_back(index);
  nested_ += executed_inside(op);
}

OpSet FormGraph::where(const std::function<bool(int)>& is) const {
  OpSet result = none();
  for (int i = 0; i < count(); ++i)
    if (is(i)) result.insert(i);
  return result;
}

std::optional<int> FormGraph::maker(ValueId value) const {
  const auto found = made_.find(value);
  return found == made_.end() ? std::nullopt : std::optional(found->second);
}

ValueId FormGraph::argument(int index, std::string_view argument) const {
  const Operand* operand = graph_.operand(op(index), argument);
  return operand && operand->is_value() ? operand->value() : kNoValue;
}

std::vector<ValueId> FormGraph::operands(int index) const {
  if (type(index) != "einsum") return {argument(index, "x"), argument(index, "y")};
  std::vector<ValueId> values;
  if (const Argument* list = op(index).argument("values"))
    for (const Operand& operand : list->operands) values.push_back(operand.is_value() ? operand.value() : kNoValue);
  values.resize(2, kNoValue);
  return values;
}

std::vector<ValueId> FormGraph::inputs(int index) const {
  std::vector<ValueId> values;
  collect_inputs(op(index), values);
  return values;
}

const Constant* FormGraph::literal(int index, std::string_view argument) const {
  return graph_.constant(op(index), argument);
}

const Type* FormGraph::tensor(ValueId value) const {
  if (value == kNoValue || !graph_.contains(value)) return nullptr;
  const Type& type = graph_.type(value);
  return type.is_tensor() && type.ranked ? &type : nullptr;
}

std::vector<int64_t> FormGraph::dims(ValueId value) const {
  std::vector<int64_t> sizes;
  if (const Type* type = tensor(value))
    for (const Dim& dim : type->shape) sizes.push_back(dim.is_constant() ? dim.value() : kUnknownSize);
  return sizes;
}

int64_t FormGraph::elements(ValueId value) const {
  int64_t result = 1;
  for (const int64_t size : dims(value)) result *= size > 0 ? size : 1;
  return result;
}

OpSet FormGraph::spread(const std::vector<int>& start, Way way, const Stop& stop, const OpSet* within) const {
  OpSet seen = none();
  std::vector<int> todo = start;
  while (!todo.empty()) {
    const int index = todo.back();
    todo.pop_back();
    if (seen.has(index) || (within && !within->has(index))) continue;
    seen.insert(index);
    if (stop && stop(index)) continue;
    const auto& next = way == Way::kBefore ? before(index) : after(index);
    todo.insert(todo.end(), next.begin(), next.end());
  }
  return seen;
}

bool FormGraph::is_contraction(int index) const { return type(index) == "matmul" || type(index) == "einsum"; }

int64_t FormGraph::weights(int index) const {
  std::vector<ValueId> values;
  if (is_contraction(index))
    values = operands(index);
  else if (type(index) == "conv" || type(index) == "conv_transpose" || type(index) == "linear")
    values = {argument(index, "weight")};
  int64_t most = 0;
  for (const ValueId value : values)
    if (is_constant(value) && dims(value).size() >= 2) most = std::max(most, elements(value));
  return most;
}

std::array<std::string, 3> FormGraph::letters(int index) const {
  if (type(index) == "einsum") {
    std::string equation = literal(index, "equation")->strings().at(0);
    equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
    const size_t comma = equation.find(',');
    const size_t arrow = equation.find("->");
    return {equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2)};
  }
  const auto values = operands(index);
  const size_t x = std::max<size_t>(dims(values[0]).size(), 2) - 2;
  const size_t y = std::max<size_t>(dims(values[1]).size(), 2) - 2;
  const std::string all = "BCDEFGH";
  const std::string batch = all.substr(0, std::min(std::max(x, y), all.size()));
  return {
      batch.substr(batch.size() - std::min(x, batch.size())) + (is_true(literal(index, "transpose_x")) ? "ki" : "ik"),
      batch.substr(batch.size() - std::min(y, batch.size())) + (is_true(literal(index, "transpose_y")) ? "jk" : "kj"),
      batch + "ij"};
}

int64_t FormGraph::batch_size(int index) const {
  const auto terms = letters(index);
  const auto values = operands(index);
  std::map<char, int64_t> sizes;
  for (size_t side = 0; side < 2; ++side) {
    const auto shape = dims(values[side]);
    for (size_t i = 0; i < std::min(shape.size(), terms[side].size()); ++i) {
      int64_t& size = sizes[terms[side][i]];
      size = std::max({size, shape[i], int64_t{1}});
    }
  }
  int64_t result = 1;
  for (const auto& [letter, size] : sizes)
    if (terms[0].find(letter) != std::string::npos && terms[1].find(letter) != std::string::npos &&
        terms[2].find(letter) != std::string::npos)
      result *= size;
  return result;
}

}  // namespace anemone
