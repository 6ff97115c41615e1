// SPDX-License-Identifier: Apache-2.0
#include "relayout.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/error.h"
#include "ir/builder.h"
#include "ir/graph.h"
#include "ops/ops.h"

namespace anemone::test {
namespace {

// How a value of the old program lies in the new one: `extra` axes of size 1 behind its own, then permuted.
struct Order {
  int extra = 0;
  std::vector<int> perm;

  bool plain() const { return extra == 0 && std::is_sorted(perm.begin(), perm.end()); }
  friend auto operator<=>(const Order&, const Order&) = default;
};

Order plain_order(int rank) {
  Order order;
  order.perm.resize(rank);
  std::iota(order.perm.begin(), order.perm.end(), 0);
  return order;
}

class Relayout {
 public:
  Relayout(const Function& function, Names names, std::mt19937& random)
      : old_(function),
        graph_(function),
        names_(names),
        random_(random),
        builder_(op_table(), function.name, function.opset) {}

  Relaid run() {
    for (const Output& input : old_.inputs) {
      const ValueId id = builder_.input(input.name, input.type);
      keep(input.id, id, plain_order(input.type.rank()));
    }
    for (const OpPtr& op : old_.body.ops) translate(*op);
    std::vector<ValueId> outputs;
    for (const ValueId id : old_.body.outputs) outputs.push_back(output(id));
    Relaid result;
    result.function = builder_.finish(outputs);
    result.function.input_features = old_.input_features;
    result.function.output_features = old_.output_features;
    result.function.state_features = old_.state_features;
    for (const OpPtr& op : result.function.body.ops)
      for (const auto& [name, id] : made_)
        if (op->id() == id) result.names[name] = op->name;
    return result;
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  // ---- values
  void keep(ValueId old, ValueId id, const Order& order) {
    home_[old] = order;
    forms_[old][order] = id;
  }

  ValueId in_order(ValueId old, const Order& order) {
    auto& forms = forms_.at(old);
    if (const auto found = forms.find(order); found != forms.end()) return found->second;
    ValueId id = plain(old);
    if (order.extra > 0) {
      std::vector<int32_t> axes;
      for (int i = 0; i < order.extra; ++i) axes.push_back(graph_.type(old).rank() + i);
      id = builder_.add("expand_dims", {{"x", id}, {"axes", axes}}, own_name());
    }
    if (!std::is_sorted(order.perm.begin(), order.perm.end()))
      id = builder_.add("transpose", {{"x", id}, {"perm", std::vector<int32_t>(order.perm.begin(), order.perm.end())}},
                        own_name());
    return forms[order] = id;
  }

  ValueId plain(ValueId old) {
    auto& forms = forms_.at(old);
    const Order wanted = plain_order(graph_.type(old).rank());
    if (const auto found = forms.find(wanted); found != forms.end()) return found->second;
    const Order& home = home_.at(old);
    ValueId id = forms.at(home);
    std::vector<int32_t> back(home.perm.size());
    for (size_t i = 0; i < back.size(); ++i) back[home.perm[i]] = static_cast<int32_t>(i);
    if (!std::is_sorted(back.begin(), back.end()))
      id = builder_.add("transpose", {{"x", id}, {"perm", back}}, own_name());
    if (home.extra > 0) {
      std::vector<int32_t> axes;
      for (int i = 0; i < home.extra; ++i) axes.push_back(graph_.type(old).rank() + i);
      id = builder_.add("squeeze", {{"x", id}, {"axes", axes}}, own_name());
    }
    return forms[wanted] = id;
  }

  ValueId output(ValueId old) {
    ValueId id = plain(old);
    if (!outputs_.insert(id).second || graph_.producer(old) == nullptr || renamed_.count(id))
      id = builder_.add("identity", {{"x", id}});
    builder_.rename(id, graph_.name(old));
    renamed_.insert(id);
    return id;
  }

  // Ops that only change the layout: called after nothing in the old program, unless no names are left at all.
  std::string own_name() const { return names_ == Names::kNone ? "" : "layout"; }

  // ---- ops
  std::string name_for(const Op& op) const {
    const bool is_output = std::any_of(op.outputs.begin(), op.outputs.end(),
                                       [&](const Output& o) { return graph_.is_function_output(o.id); });
    if (names_ != Names::kKept) return "";
    return is_output ? op.outputs[0].name + "_inner" : op.outputs[0].name;
  }

  void add(const Op& op, const std::string& type, std::vector<Arg> args, const Order& order) {
    builder_.set_provenance(names_ == Names::kOrigin ? op.name : "");
    const auto ids = builder_.add_many(type, std::move(args), name_for(op));
    builder_.set_provenance("");
    for (size_t i = 0; i < ids.size(); ++i) keep(op.outputs[i].id, ids[i], order);
    made_[op.name] = ids.at(0);
  }

  void translate(const Op& op) {
    if (op.type == "const") {
      const Constant& value = op.arguments.at(0).operands.at(0).literal();
      constants_.emplace(op.id(), value);
      return;
    }
    if (!op.blocks.empty()) fail("has blocks");
    if (try_linear(op) || try_elementwise(op) || try_by_axis(op) || try_matmul(op)) return;
    std::vector<Arg> args;
    for (const Argument& argument : op.arguments) {
      std::vector<Operand> operands;
      for (const Operand& operand : argument.operands) operands.push_back(copied(operand));
      args.emplace_back(argument.name, std::move(operands));
    }
    add(op, op.type, std::move(args), plain_order(op.outputs[0].type.rank()));
  }

  Operand copied(const Operand& operand) {
    if (!operand.is_value()) return operand;
    const auto constant = constants_.find(operand.value());
    return constant != constants_.end() ? Operand(constant->second) : Operand(plain(operand.value()));
  }

  bool is_constant(const Operand& operand) const { return graph_.constant(operand) != nullptr; }

  Order any_order(int rank) {
    Order order = plain_order(rank);
    if (rank < 2 || rank > 4) return order;
    if (rank <= 3 && below(3) == 0) {
      order.extra = 1;
      order.perm.push_back(rank);
    }
    std::shuffle(order.perm.begin(), order.perm.end(), random_);
    return order;
  }

  // The order that an argument is in already, one drawn at random, or the plain one.
  Order chosen_order(const Op& op, int rank) {
    const int dice = below(10);
    if (dice < 2) return plain_order(rank);
    if (dice < 6)
      for (const Argument& argument : op.arguments)
        for (const Operand& operand : argument.operands)
          if (operand.is_value() && home_.count(operand.value()) && graph_.type(operand.value()).rank() == rank)
            return home_.at(operand.value());
    return any_order(rank);
  }

  // An operand that is broadcast to `rank` axes.
  Operand broadcast(const Operand& operand, int rank, const Order& order) {
    const Type& type = operand.is_value() ? graph_.type(operand.value()) : operand.literal().type();
    if (const Constant* constant = graph_.constant(operand)) {
      if (type.rank() == 0 || order.plain()) return *constant;
      ConcreteShape shape(rank - type.rank(), 1);
      for (const Dim& dim : type.shape) shape.push_back(dim.value());
      shape.resize(rank + order.extra, 1);
      return constant->reshaped(shape).transposed(order.perm);
    }
    if (type.rank() == rank) return in_order(operand.value(), order);
    if (type.rank() == 0 || order.plain()) return plain(operand.value());
    std::vector<int32_t> axes;
    for (int i = 0; i < rank - type.rank(); ++i) axes.push_back(i);
    for (int i = 0; i < order.extra; ++i) axes.push_back(rank + i);
    const ValueId wide = builder_.add("expand_dims", {{"x", plain(operand.value())}, {"axes", axes}}, own_name());
    return builder_.add(
        "transpose", {{"x", wide}, {"perm", std::vector<int32_t>(order.perm.begin(), order.perm.end())}}, own_name());
  }

  bool try_elementwise(const Op& op) {
    static const std::set<std::string> kTensors = {"x", "y", "a", "b", "cond"};
    const OpDefinition* definition = op_table().find(op.type);
    const int rank = op.outputs[0].type.rank();
    if (!definition->elementwise || op.outputs.size() != 1 || rank < 2 || is_constexpr(op)) return false;
    for (const Argument& argument : op.arguments) {
      if (argument.operands.size() != 1) return false;
      const bool is_tensor = kTensors.count(argument.name) > 0;
      if (!is_tensor && !is_constant(argument.operands[0])) return false;
      if (is_constexpr_value(argument.operands[0])) return false;
    }
    const Order order = chosen_order(op, rank);
    std::vector<Arg> args;
    for (const Argument& argument : op.arguments)
      args.emplace_back(argument.name, std::vector<Operand>{kTensors.count(argument.name)
                                                                ? broadcast(argument.operands[0], rank, order)
                                                                : copied(argument.operands[0])});
    add(op, op.type, std::move(args), order);
    return true;
  }

  bool is_constexpr_value(const Operand& operand) const {
    if (!operand.is_value()) return false;
    const Op* producer = graph_.producer(operand.value());
    return producer && is_constexpr(*producer);
  }

  static int32_t moved(int64_t axis, int rank, const Order& order) {
    const auto normal = static_cast<int>(axis < 0 ? axis + rank : axis);
    return static_cast<int32_t>(std::find(order.perm.begin(), order.perm.end(), normal) - order.perm.begin());
  }

  // Ops that work along named axes and leave the others alone.
  bool try_by_axis(const Op& op) {
    static const std::set<std::string> kOps = {"softmax",     "concat",     "split",     "layer_norm",
                                               "reduce_mean", "reduce_sum", "reduce_max"};
    const int rank = op.outputs[0].type.rank();
    if (!kOps.count(op.type) || rank < 2 || rank > 4) return false;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (is_constexpr_value(operand)) return false;
    const Constant* keep_dims = graph_.constant(op, "keep_dims");
    if (op.type.rfind("reduce", 0) == 0 && !(keep_dims && to_integers(keep_dims->tensor()).at(0) != 0)) return false;
    const Order order = chosen_order(op, rank);
    std::vector<Arg> args;
    for (const Argument& argument : op.arguments) {
      std::vector<Operand> operands;
      for (const Operand& operand : argument.operands) {
        if (argument.name == "x" || argument.name == "values") {
          operands.push_back(is_constant(operand) ? broadcast(operand, rank, order)
                                                  : Operand(in_order(operand.value(), order)));
        } else if (argument.name == "axis" || argument.name == "axes") {
          std::vector<int32_t> axes;
          for (const int64_t axis : to_integers(graph_.constant(operand)->tensor()))
            axes.push_back(moved(axis, rank, order));
          if (argument.name == "axes" && !std::is_sorted(axes.begin(), axes.end())) return false;
          operands.emplace_back(argument.name == "axis" ? Constant::of(axes.at(0)) : Constant::of(axes));
        } else {
          operands.push_back(copied(operand));
        }
      }
      args.emplace_back(argument.name, std::move(operands));
    }
    add(op, op.type, std::move(args), order);
    return true;
  }

  // linear on (B, S, C) as a 1x1 convolution on (B, C, 1, S).
  bool try_linear(const Op& op) {
    const Operand* x = op.type == "linear" ? graph_.operand(op, "x") : nullptr;
    const Constant* weight = x ? graph_.constant(op, "weight") : nullptr;
    if (!weight || is_constant(*x) || op.outputs[0].type.rank() != 3 || below(4) == 0) return false;
    Order order;
    order.extra = 1;
    order.perm = {0, 2, 3, 1};
    const ConcreteShape shape = weight->type().concrete();
    std::vector<Arg> args = {{"x", in_order(x->value(), order)},
                             {"weight", weight->reshaped({shape[0], shape[1], 1, 1})}};
    if (const Constant* bias = graph_.constant(op, "bias")) args.emplace_back("bias", *bias);
    args.emplace_back("strides", std::vector<int32_t>{1, 1});
    args.emplace_back("pad_type", "valid");
    args.emplace_back("pad", std::vector<int32_t>{0, 0, 0, 0});
    args.emplace_back("dilations", std::vector<int32_t>{1, 1});
    args.emplace_back("groups", 1);
    add(op, "conv", std::move(args), order);
    return true;
  }

  // The batch axes of a product in another order, and the second factor the other way up.
  bool try_matmul(const Op& op) {
    const Operand* x = op.type == "matmul" ? graph_.operand(op, "x") : nullptr;
    const Operand* y = x ? graph_.operand(op, "y") : nullptr;
    if (!y || is_constant(*x) || is_constant(*y) || is_constexpr_value(*x) || is_constexpr_value(*y)) return false;
    if (graph_.type(x->value()).rank() != 4 || graph_.type(y->value()).rank() != 4 || below(3) == 0) return false;
    const auto flag = [&](const char* name) {
      const Constant* constant = graph_.constant(op, name);
      return constant && to_integers(constant->tensor()).at(0) != 0;
    };
    const Order product{0, {1, 0, 2, 3}};
    const bool turned = below(2) == 0;
    const Order factor{0, turned ? std::vector<int>{1, 0, 3, 2} : std::vector<int>{1, 0, 2, 3}};
    add(op, "matmul",
        {{"x", in_order(x->value(), product)},
         {"y", in_order(y->value(), factor)},
         {"transpose_x", flag("transpose_x")},
         {"transpose_y", flag("transpose_y") != turned}},
        product);
    return true;
  }

  const Function& old_;
  Graph graph_;
  Names names_;
  std::mt19937& random_;
  Builder builder_;
  std::map<ValueId, Constant> constants_;
  std::map<ValueId, Order> home_;
  std::map<ValueId, std::map<Order, ValueId>> forms_;
  std::map<std::string, ValueId> made_;
  std::set<ValueId> outputs_;
  std::set<ValueId> renamed_;
};

}  // namespace

std::optional<Relaid> relaid(const Function& function, Names names, std::mt19937& random) {
  bool has_blocks = false;
  for (const OpPtr& op : function.body.ops) has_blocks |= !op->blocks.empty();
  if (has_blocks) return std::nullopt;
  return Relayout(function, names, random).run();
}

}  // namespace anemone::test
