// SPDX-License-Identifier: Apache-2.0
#include "fault_kinds.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace anemone::test {
namespace {

using Random = std::mt19937;

bool wrong_axis(Editor& e, Random& random) {
  static const std::set<std::string> kShapes = {"expand_dims", "squeeze"};
  if (kShapes.count(e.op().type)) return false;
  const int rank = e.graph().type(e.op().id()).rank();
  if (rank < 2) return false;
  const auto other = [&](int64_t axis) {
    const int64_t normal = axis < 0 ? axis + rank : axis;
    return (normal + 1 + below(random, rank - 1)) % rank;
  };
  for (const char* name : {"axis", "axes"})
    if (e.edit_integers(name, [&](std::vector<int64_t>& axes) {
          if (axes.size() != 1) return false;
          axes[0] = other(axes[0]);
          return true;
        }))
      return true;
  return false;
}

bool wrong_permutation(Editor& e, Random& random) {
  if (e.op().type != "transpose") return false;
  return e.edit_integers("perm", [&](std::vector<int64_t>& perm) {
    if (perm.size() < 2) return false;
    const size_t a = below(random, perm.size());
    const size_t b = (a + 1 + below(random, perm.size() - 1)) % perm.size();
    std::swap(perm[a], perm[b]);
    return true;
  });
}

bool dropped_bias(Editor& e, Random&) {
  for (const char* name : {"bias", "beta"})
    if (e.edit(name,
               [](std::vector<float>& values, const ConcreteShape&) { std::fill(values.begin(), values.end(), 0.0F); }))
      return true;
  return false;
}

bool shifted_bias(Editor& e, Random&) {
  for (const char* name : {"bias", "beta", "gamma"})
    if (e.edit(name, [](std::vector<float>& values, const ConcreteShape&) {
          std::rotate(values.begin(), values.begin() + 1, values.end());
        }))
      return true;
  return false;
}

// Heads of the first reshape behind a linear op.
int64_t heads_behind(const Editor& e) {
  for (const Op* user : e.graph().users(e.op().id())) {
    const Type& type = user->outputs[0].type;
    if (user->type == "reshape" && type.rank() == 4 && type.shape[2].is_constant() && type.shape[2].value() > 1)
      return type.shape[2].value();
  }
  return 0;
}

void swap_rows(std::vector<float>& values, size_t heads, size_t a, size_t b) {
  const size_t block = values.size() / heads;
  for (size_t i = 0; i < block; ++i) std::swap(values[a * block + i], values[b * block + i]);
}

bool swapped_heads(Editor& e, Random& random) {
  const int64_t heads = e.op().type == "linear" ? heads_behind(e) : 0;
  if (heads == 0) return false;
  const size_t a = below(random, heads);
  const size_t b = (a + 1 + below(random, heads - 1)) % heads;
  const auto swap = [&](std::vector<float>& values, const ConcreteShape&) { swap_rows(values, heads, a, b); };
  const bool weight = e.edit("weight", swap);
  e.edit("bias", swap);
  return weight;
}

// An op that should not be there: takes heads in another order.
bool shuffled_heads(Editor& e, Random& random) {
  const Output& output = e.op().outputs[0];
  const Type& type = output.type;
  if (!type.is_concrete() || type.rank() != 4 || !is_float(type.dtype)) return false;
  if (e.graph().is_function_output(output.id)) return false;
  const int axis = 1 + static_cast<int>(below(random, 2));
  const int64_t count = type.concrete()[axis];
  if (count < 2) return false;
  std::vector<int32_t> order;
  for (int64_t i = 0; i < count; ++i) order.push_back(static_cast<int32_t>((i + 1) % count));
  Op shuffle;
  shuffle.type = "gather";
  shuffle.name = "shuffle";
  shuffle.arguments = {
      {"axis", {Constant::of(static_cast<int32_t>(axis))}}, {"indices", {Constant::of(order)}}, {"x", {output.id}}};
  shuffle.outputs = {{e.next(), "shuffled_heads", type}};
  e.change().own = shuffle;
  return true;
}

bool wrong_epsilon(Editor& e, Random& random) {
  const float factor = below(random, 2) ? 1e3F : 1e4F;
  return e.edit("epsilon", [&](std::vector<float>& values, const ConcreteShape&) {
    for (float& value : values) value = std::max(value * factor, 1e-3F);
  });
}

bool transposed_weight(Editor& e, Random&) {
  const auto transpose = [](std::vector<float>& values, const ConcreteShape& shape) {
    if (shape.size() < 2 || shape[shape.size() - 1] != shape[shape.size() - 2]) return;
    const auto n = static_cast<size_t>(shape.back());
    for (size_t at = 0; at + n * n <= values.size(); at += n * n)
      for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < i; ++j) std::swap(values[at + i * n + j], values[at + j * n + i]);
  };
  const bool takes_weight = e.op().type == "linear" || e.op().type == "matmul";
  return takes_weight && (e.edit("weight", transpose) || e.edit("y", transpose));
}

bool transposed_factor(Editor& e, Random& random) {
  return e.op().type == "matmul" && e.toggle(below(random, 2) ? "transpose_x" : "transpose_y");
}

bool flipped_mask(Editor& e, Random&) {
  static const std::map<std::string, std::string> kOpposites = {
      {"equal", "not_equal"}, {"not_equal", "equal"}, {"less", "greater_equal"}, {"greater_equal", "less"}};
  if (const auto found = kOpposites.find(e.op().type); found != kOpposites.end()) {
    e.change().op.type = found->second;
    return true;
  }
  if (e.op().type == "select") {
    Argument* a = nullptr;
    Argument* b = nullptr;
    for (Argument& argument : e.change().op.arguments) {
      if (argument.name == "a") a = &argument;
      if (argument.name == "b") b = &argument;
    }
    std::swap(a->operands, b->operands);
    return true;
  }
  // Additive masks: what was hidden is seen and the other way round.
  if (e.op().type != "add" && e.op().type != "scaled_dot_product_attention") return false;
  for (const char* name : {"x", "y", "attn_mask"})
    if (e.edit(name, [](std::vector<float>& values, const ConcreteShape&) {
          const float least = *std::min_element(values.begin(), values.end());
          if (least > -1e3F) return;
          for (float& value : values) value = value < -1e3F ? 0 : least;
        }))
      return true;
  return false;
}

bool off_by_one_slice(Editor& e, Random& random) {
  if (e.op().type == "gather" || e.op().type == "gather_nd")
    return e.edit_integers("indices", [](std::vector<int64_t>& indices) {
      const int64_t top = *std::max_element(indices.begin(), indices.end());
      for (int64_t& index : indices) index = index > 0 ? index - 1 : (top > 0 ? top : index + 1);
      return true;
    });
  if (e.op().type != "slice_by_index") return false;
  const int64_t step = below(random, 2) ? 1 : -1;
  size_t axis = SIZE_MAX;
  const bool begin = e.edit_integers("begin", [&](std::vector<int64_t>& values) {
    axis = below(random, static_cast<int64_t>(values.size()));
    values[axis] += step;
    return values[axis] >= 0;
  });
  if (!begin) return false;
  e.edit_integers("end", [&](std::vector<int64_t>& values) {
    values[axis] += step;
    return true;
  });
  return true;
}

bool wrong_constant(Editor& e, Random& random) {
  static const std::set<std::string> kOps = {"add", "sub", "mul", "real_div", "pow", "maximum", "minimum", "select"};
  if (!kOps.count(e.op().type)) return false;
  const int64_t how = below(random, 3);
  const auto change = [&](std::vector<float>& values, const ConcreteShape&) {
    if (how == 2 && values.size() > 1)
      std::rotate(values.begin(), values.begin() + 1, values.end());
    else
      for (float& value : values) value = how == 0 ? value * 1.25F : value + 0.1F;
  };
  for (const char* name : {"x", "y", "a", "b"})
    if (e.edit(name, change)) return true;
  return false;
}

bool wrong_activation(Editor& e, Random& random) {
  static const std::vector<std::string> kPlain = {"relu", "silu", "tanh", "sigmoid", "gelu", "erf"};
  static const std::map<std::string, std::string> kOthers = {
      {"sin", "cos"}, {"cos", "sin"}, {"sqrt", "square"}, {"square", "abs"}, {"exp", "sigmoid"}};
  std::string type;
  if (const auto found = kOthers.find(e.op().type); found != kOthers.end()) type = found->second;
  if (std::find(kPlain.begin(), kPlain.end(), e.op().type) != kPlain.end()) do
      type = kPlain[below(random, static_cast<int64_t>(kPlain.size()))];
    while (type == e.op().type);
  if (type.empty()) return false;
  const Op& op = e.op();
  e.change().op.type = type;
  e.change().op.arguments = {*op.argument("x")};
  return true;
}

// Another value of the same type in place of one that the op takes.
bool wrong_operand(Editor& e, Random& random) {
  std::vector<std::pair<std::string, ValueId>> choices;
  for (const Argument& argument : e.op().arguments) {
    if (argument.operands.size() != 1 || !argument.operands[0].is_value()) continue;
    const ValueId now = argument.operands[0].value();
    if (e.graph().constant(argument.operands[0])) continue;
    for (const OpPtr& other : e.graph().function().body.ops) {
      if (other->id() == e.op().id()) break;
      if (!is_executed(*other)) continue;
      for (const Output& output : other->outputs)
        if (output.id != now && output.type == e.graph().type(now)) choices.emplace_back(argument.name, output.id);
    }
  }
  if (choices.empty()) return false;
  const auto& [argument, value] = choices[below(random, static_cast<int64_t>(choices.size()))];
  e.set(argument, value);
  return true;
}

bool wrong_operation(Editor& e, Random&) {
  static const std::map<std::string, std::string> kOthers = {{"add", "sub"},
                                                             {"sub", "add"},
                                                             {"mul", "add"},
                                                             {"real_div", "mul"},
                                                             {"reduce_mean", "reduce_sum"},
                                                             {"reduce_sum", "reduce_max"}};
  const auto found = kOthers.find(e.op().type);
  if (found == kOthers.end() || !is_float(e.op().outputs[0].type.dtype)) return false;
  e.change().op.type = found->second;
  return true;
}

// The op hands on one of its inputs.
bool dropped_op(Editor& e, Random&) {
  static const std::set<std::string> kMovements = {"identity", "transpose", "reshape", "cast"};
  if (kMovements.count(e.op().type) || e.op().outputs.size() != 1) return false;
  for (const char* name : {"x", "y", "a", "b"}) {
    const Operand* operand = e.graph().operand(e.op(), name);
    if (!operand || !operand->is_value() || e.graph().constant(*operand)) continue;
    if (!(e.graph().type(operand->value()) == e.op().outputs[0].type)) continue;
    e.change().op.type = "identity";
    e.change().op.arguments = {{"x", {*operand}}};
    return true;
  }
  return false;
}

bool shifted_table(Editor& e, Random&) {
  if (e.op().type != "gather") return false;
  return e.edit("x", [](std::vector<float>& values, const ConcreteShape& shape) {
    if (shape.empty() || shape[0] < 2) return;
    const auto row = static_cast<std::ptrdiff_t>(values.size() / static_cast<size_t>(shape[0]));
    std::rotate(values.begin(), values.begin() + row, values.end());
  });
}

bool flipped_kernel(Editor& e, Random&) {
  if (e.op().type != "conv" && e.op().type != "conv_transpose") return false;
  return e.edit("weight", [](std::vector<float>& values, const ConcreteShape& shape) {
    size_t kernel = 1;
    for (size_t i = 2; i < shape.size(); ++i) kernel *= static_cast<size_t>(shape[i]);
    for (size_t at = 0; at < values.size(); at += kernel)
      std::reverse(values.begin() + static_cast<std::ptrdiff_t>(at),
                   values.begin() + static_cast<std::ptrdiff_t>(at + kernel));
  });
}

bool swapped_parts(Editor& e, Random&) {
  Op& op = e.change().op;
  if (op.type != "split" || op.outputs.size() < 2 || !(op.outputs[0].type == op.outputs[1].type)) return false;
  std::swap(op.outputs[0], op.outputs[1]);
  return true;
}

}  // namespace

const std::map<std::string, Fault>& faults() {
  static const std::map<std::string, Fault> kFaults = {
      {"wrong axis", wrong_axis},
      {"wrong permutation", wrong_permutation},
      {"dropped bias", dropped_bias},
      {"shifted bias", shifted_bias},
      {"swapped heads", swapped_heads},
      {"shuffled heads", shuffled_heads},
      {"wrong epsilon", wrong_epsilon},
      {"transposed weight", transposed_weight},
      {"transposed factor", transposed_factor},
      {"flipped mask", flipped_mask},
      {"off-by-one slice", off_by_one_slice},
      {"wrong constant", wrong_constant},
      {"wrong activation", wrong_activation},
      {"wrong operand", wrong_operand},
      {"wrong operation", wrong_operation},
      {"dropped op", dropped_op},
      {"shifted table", shifted_table},
      {"flipped kernel", flipped_kernel},
      {"swapped parts", swapped_parts},
  };
  return kFaults;
}

}  // namespace anemone::test
