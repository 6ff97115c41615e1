// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "tokenizers/jinja/evaluator.h"

namespace anemone::jinja {
namespace {

using Kind = Expression::Kind;

constexpr size_t kMostSteps = 5'000'000;

}  // namespace

void Evaluator::count_steps(size_t steps) {
  steps_ += steps;
  if (steps_ > kMostSteps) fail("the template takes more than {} steps", kMostSteps);
}

// What was made costs steps, so that few steps cannot make much.
void Evaluator::charge(const Value& value) {
  if (value.is_list()) count_steps(value.list().size());
  if (value.is_dict()) count_steps(value.dict().size());
  if (value.is_string()) count_steps(value.text().size() / 16);
}

Value Evaluator::look_up(const std::string& name) const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
    for (const auto& [known, value] : *frame)
      if (known == name) return value;
  return Undefined{name};
}

Value Evaluator::evaluate(const Expression& expression) {
  count_steps(1);
  switch (expression.kind) {
    case Kind::kConstant:
      return expression.value;
    case Kind::kName:
      return look_up(expression.name);
    case Kind::kList: {
      List list;
      for (const ExpressionPtr& child : expression.children) list.push_back(evaluate(*child));
      return list;
    }
    case Kind::kDict: {
      Dict dict;
      for (size_t i = 0; i + 1 < expression.children.size(); i += 2) {
        Value key = evaluate(*expression.children[i]);
        dict.emplace_back(std::move(key), evaluate(*expression.children[i + 1]));
      }
      return dict;
    }
    case Kind::kAttribute:
    case Kind::kSubscript:
    case Kind::kSlice:
      return evaluate_access(expression);
    case Kind::kCall: {
      Value result = evaluate(*expression.children[0]).call(evaluate_arguments(expression.arguments));
      charge(result);
      return result;
    }
    case Kind::kFilter:
      return evaluate_filter(expression);
    case Kind::kTest: {
      const Value subject = evaluate(*expression.children[0]);
      return apply_test(expression.name, subject, evaluate_arguments(expression.arguments)) != expression.negated;
    }
    default:
      return evaluate_logic(expression);
  }
}

Value Evaluator::evaluate_access(const Expression& expression) {
  const Value object = evaluate(*expression.children[0]);
  if (expression.kind == Kind::kAttribute) return attribute_of(object, expression.name);
  charge(object);
  if (expression.kind == Kind::kSubscript) return item_of(object, evaluate(*expression.children[1]));
  Value bounds[3];
  for (size_t i = 0; i < 3; ++i)
    if (expression.children[i + 1]) bounds[i] = evaluate(*expression.children[i + 1]);
  return slice_of(object, bounds[0], bounds[1], bounds[2]);
}

Value Evaluator::evaluate_logic(const Expression& expression) {
  switch (expression.kind) {
    case Kind::kAnd: {
      Value left = evaluate(*expression.children[0]);
      return left.truth() ? evaluate(*expression.children[1]) : left;
    }
    case Kind::kOr: {
      Value left = evaluate(*expression.children[0]);
      return left.truth() ? left : evaluate(*expression.children[1]);
    }
    case Kind::kConditional:
      if (evaluate(*expression.children[1]).truth()) return evaluate(*expression.children[0]);
      return expression.children[2] ? evaluate(*expression.children[2]) : Value(Undefined{"the other case"});
    case Kind::kUnary:
      return evaluate_unary(expression);
    default:
      break;
  }
  if (expression.name == "compare") return evaluate_comparison(expression);
  const Value left = evaluate(*expression.children[0]);
  Value result = apply_operator(expression.name, left, evaluate(*expression.children[1]));
  charge(result);
  return result;
}

Value Evaluator::evaluate_unary(const Expression& expression) {
  const Value value = evaluate(*expression.children[0]);
  if (expression.name == "not") return !value.truth();
  return apply_operator(expression.name, Value(int64_t{0}), value);
}

bool Evaluator::evaluate_comparison(const Expression& expression) {
  Value left = evaluate(*expression.children[0]);
  for (const Argument& step : expression.arguments) {
    Value right = evaluate(*step.value);
    charge(right);
    if (!apply_comparison(step.name, left, right)) return false;
    left = std::move(right);
  }
  return true;
}

Value Evaluator::evaluate_filter(const Expression& expression) {
  const Value input = expression.children.empty() ? Value(*filter_input_) : evaluate(*expression.children[0]);
  charge(input);
  Value result = apply_filter(expression.name, input, evaluate_arguments(expression.arguments));
  charge(result);
  return result;
}

Arguments Evaluator::evaluate_arguments(const std::vector<Argument>& arguments) {
  Arguments values;
  for (const Argument& argument : arguments) {
    Value value = evaluate(*argument.value);
    if (argument.name.empty())
      values.positional.push_back(std::move(value));
    else
      values.named.emplace_back(argument.name, std::move(value));
  }
  return values;
}

}  // namespace anemone::jinja
