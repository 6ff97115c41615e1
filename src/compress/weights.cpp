// SPDX-License-Identifier: Apache-2.0
#include "compress/weights.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

struct Channels {
  int output = 0;
  int input = 1;
  friend bool operator==(const Channels&, const Channels&) = default;
};

// Of an op that sums products, output channels are the axes of the weight that the result has and the other operand
// lacks, and input channels those that the result lacks.
std::optional<Channels> stated_channels(const AxesStatement& statement, const Op& user, ValueId weight) {
  if (!statement.contracts || statement.operands.size() != 2 || statement.outputs.size() != 1) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const Argument* argument = user.argument(statement.operands[i].argument);
    if (!argument || !argument->operands.front().is_value() || argument->operands.front().value() != weight) continue;
    const std::string& own = statement.operands[i].letters;
    const std::string& other = statement.operands[1 - i].letters;
    const std::string& result = statement.outputs[0];
    const auto has = [](const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; };
    Channels channels{-1, -1};
    for (size_t axis = 0; axis < own.size(); ++axis) {
      if (has(result, own[axis]) && !has(other, own[axis])) channels.output = static_cast<int>(axis);
      if (!has(result, own[axis]) && has(other, own[axis])) channels.input = static_cast<int>(axis);
    }
    if (channels.output >= 0) return channels;
  }
  return std::nullopt;
}

Channels channels_for(const Op& user, ValueId weight, const Graph& graph) {
  if (const auto statement = axes_of(user, op_table(), graph.function().opset, graph))
    if (const auto channels = stated_channels(*statement, user, weight)) return *channels;
  if (user.type == "conv_transpose") return {1, 0};  // its weights have input channels first
  // Tables that are looked up or added: rows, behind axes of size 1 along which they are the same for all.
  const ConcreteShape shape = graph.type(weight).concrete();
  const auto rows = std::find_if(shape.begin(), shape.end() - 2, [](int64_t size) { return size > 1; });
  const int first = static_cast<int>(rows - shape.begin());
  return {first, first + 1};
}

void choose_channels(Weight& weight, const Graph& graph) {
  const Channels first = channels_for(*weight.users.front(), weight.op->id(), graph);
  for (const Op* user : weight.users)
    if (!(channels_for(*user, weight.op->id(), graph) == first)) weight.obstacle = "ops use it along different axes";
  weight.output_axis = first.output;
  weight.input_axis = first.input < weight.type().rank() ? first.input : -1;
}

bool is_candidate(const Op& op, const Graph& graph) {
  const Type& type = op.outputs.front().type;
  const bool is_weight = op.type == "const" ? op.arguments.size() == 1 : is_constexpr(op);
  return is_weight && type.is_tensor() && type.is_concrete() && !graph.users(op.id()).empty() &&
         (type.dtype == DType::kFloat16 || type.dtype == DType::kFloat32);
}

}  // namespace

std::vector<Weight> find_weights(const Graph& graph) {
  std::vector<Weight> weights;
  for_each_op(graph.function().body, [&](const Op& op) {
    if (!is_candidate(op, graph)) return;
    Weight weight;
    weight.op = &op;
    weight.users = graph.users(op.id());
    const bool feeds_another =
        std::any_of(weight.users.begin(), weight.users.end(), [](const Op* user) { return is_constexpr(*user); });
    if (feeds_another) return;  // part of a compressed constant
    if (is_constexpr(op))
      weight.obstacle = "it is compressed already";
    else if (weight.type().rank() < 2)
      weight.obstacle = "it is a vector";
    else
      choose_channels(weight, graph);
    weights.push_back(std::move(weight));
  });
  return weights;
}

}  // namespace anemone
