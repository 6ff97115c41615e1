// SPDX-License-Identifier: Apache-2.0
// What a fault may do: an edit of one op, and the kinds of faults by their names.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace anemone::test {

// The faulty op, and ops that go in before it. With `own` the fault is an op of its own behind the first output.
struct Change {
  Op op;
  std::vector<OpPtr> before;
  std::optional<Op> own;
};

class Editor {
 public:
  Editor(const Function& function, const Op& op) : graph_(function), op_(op), next_(function.next_value) {
    change_.op = op;
  }

  const Graph& graph() const { return graph_; }
  const Op& op() const { return op_; }
  Change& change() { return change_; }

  const Constant* constant(const std::string& argument) const { return graph_.constant(op_, argument); }

  bool is_float_constant(const std::string& argument) const {
    const Constant* value = constant(argument);
    return value && value->type().is_tensor() && is_float(value->type().dtype);
  }

  void set(const std::string& argument, const Constant& value) {
    auto op = std::make_shared<Op>();
    op->type = "const";
    op->name = "wrong_" + std::to_string(next_);
    op->arguments = {{"val", {value}}};
    op->outputs = {{next_, op->name, value.type()}};
    change_.before.push_back(op);
    set(argument, next_++);
  }

  void set(const std::string& argument, ValueId value) {
    for (Argument& each : change_.op.arguments)
      if (each.name == argument) each.operands = {value};
  }

  // The floats of a constant argument after an edit.
  bool edit(const std::string& argument, const std::function<void(std::vector<float>&, const ConcreteShape&)>& edit) {
    if (!is_float_constant(argument)) return false;
    const Constant& old = *constant(argument);
    const Tensor values = old.tensor();
    std::vector<float> numbers(values.as<float>().begin(), values.as<float>().end());
    const std::vector<float> before = numbers;
    edit(numbers, values.shape());
    if (numbers == before) return false;
    set(argument, Constant(converted(Tensor::of<float>(DType::kFloat32, values.shape(), numbers), old.type().dtype)));
    return true;
  }

  bool edit_integers(const std::string& argument, const std::function<bool(std::vector<int64_t>&)>& edit) {
    const Constant* old = constant(argument);
    if (!old || !old->type().is_tensor() || is_float(old->type().dtype) || old->type().dtype == DType::kString ||
        old->type().dtype == DType::kBool)
      return false;
    std::vector<int64_t> numbers = to_integers(old->tensor());
    if (!edit(numbers)) return false;
    const Tensor tensor = Tensor::of<int64_t>(DType::kInt64, old->type().concrete(), numbers);
    set(argument, Constant(converted(tensor, old->type().dtype)));
    return true;
  }

  bool toggle(const std::string& argument) {
    const Constant* old = constant(argument);
    if (!old || old->type().dtype != DType::kBool || old->element_count() != 1) return false;
    set(argument, Constant::of(to_integers(old->tensor()).at(0) == 0));
    return true;
  }

  ValueId next() { return next_++; }
  ValueId next_value() const { return next_; }

 private:
  Graph graph_;
  const Op& op_;
  ValueId next_;
  Change change_;
};

// Puts the fault into the op when that is possible.
using Fault = std::function<bool(Editor&, std::mt19937&)>;

const std::map<std::string, Fault>& faults();

inline int64_t below(std::mt19937& random, int64_t limit) {
  return static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
}

}  // namespace anemone::test
