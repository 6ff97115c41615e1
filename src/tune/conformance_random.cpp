// SPDX-License-Identifier: Apache-2.0
#include "tune/conformance_random.h"

#include <cmath>
#include <deque>
#include <numeric>

#include "ir/graph.h"
#include "ops/ops.h"
#include "tune/conformance.h"

namespace anemone {
namespace {

constexpr int kDraws = 4096;
constexpr double kSigmas = 6;  // of an estimate: a sound generator fails once in 5e8 checks

// What a distribution promises. `fourth` is the fourth central moment in units of variance².
struct Distribution {
  double low, high, mean, variance, fourth;
};

Distribution uniform(double low, double high) {
  return {low, high, (low + high) / 2, (high - low) * (high - low) / 12, 1.8};
}

Distribution normal(double mean, double deviation) {
  const double reach = 10 * std::abs(deviation);  // beyond it one draw in 1e23
  return {mean - reach, mean + reach, mean, deviation * deviation, 3};
}

Distribution bernoulli(double p) {
  const double variance = p * (1 - p);
  return {0, 1, p, variance, variance > 0 ? 1 / variance - 3 : 1};
}

void check_range(const std::vector<double>& values, const Distribution& want, bool whole) {
  const double slack = whole ? 0 : 1e-3 * std::max(std::abs(want.low), std::abs(want.high));  // of half precision
  for (const double value : values)
    if (!(value >= want.low - slack && value <= want.high + slack) || (whole && value != std::trunc(value)))
      throw CaseFailure(fmt::format("{} was drawn, possible are {} to {}", value, want.low, want.high));
}

void check_moments(const std::vector<double>& values, const Distribution& want) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / count;
  const double scale = 1e-5 * std::max({1.0, std::abs(want.mean), want.variance});  // float32 arithmetic
  if (std::abs(mean - want.mean) > kSigmas * std::sqrt(want.variance / count) + scale)
    throw CaseFailure(fmt::format("the mean of {} draws is {}, expected {}", count, mean, want.mean));
  const double spread = want.variance * std::sqrt(std::max(0.0, want.fourth - 1) / count);
  // The estimate divides by the count, and its own mean is known to within the variance of the mean.
  if (std::abs(variance - want.variance) > kSigmas * (spread + want.variance * kSigmas / count) + scale)
    throw CaseFailure(fmt::format("the variance of {} draws is {}, expected {}", count, variance, want.variance));
}

Distribution declared(const Arguments& args) {
  const std::string& op = args.op().type;
  if (op == "random_uniform") return uniform(args.number("low"), args.number("high"));
  if (op == "random_normal") return normal(args.number("mean"), args.number("stddev"));
  if (op == "random_bernoulli") return bernoulli(args.number("prob"));
  return {0, static_cast<double>(args.tensor("x").shape().back()) - 1, 0, 0, 0};
}

std::vector<double> probabilities(std::vector<double> row, bool logits) {
  const double high = *std::max_element(row.begin(), row.end());
  for (double& value : row) value = logits ? std::exp(value - high) : value;
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  for (double& value : row) value /= sum;
  return row;
}

// Each class of each row of x is drawn as often as it is probable: a Bernoulli distribution of its own.
void check_frequencies(const Arguments& args) {
  const Tensor& x = args.tensor("x");
  const auto classes = static_cast<size_t>(x.shape().back());
  const std::vector<double> values = to_doubles(x);
  const Arg many[] = {{"mode", args.text("mode")}, {"size", kDraws}, {"seed", static_cast<int>(args.integer("seed"))}};
  for (size_t row = 0; row * classes < values.size(); ++row) {
    const std::vector<float> floats_of_row(values.begin() + row * classes, values.begin() + (row + 1) * classes);
    const Arg one{"x", floats({1, static_cast<int64_t>(classes)}, floats_of_row)};
    const std::vector<double> drawn =
        to_doubles(evaluate("random_categorical", {one, many[0], many[1], many[2]}, op_table(), args.opset()).at(0));
    const auto expected = probabilities({floats_of_row.begin(), floats_of_row.end()}, args.text("mode") == "logits");
    for (size_t index = 0; index < classes; ++index) {
      std::vector<double> hits;
      for (const double value : drawn) hits.push_back(value == static_cast<double>(index) ? 1 : 0);
      check_moments(hits, bernoulli(expected[index]));
    }
  }
}

// The same op with the same parameters and many elements.
std::vector<double> draw_many(const Arguments& args) {
  std::vector<Arg> arguments = {{"shape", {kDraws}}, {"seed", static_cast<int>(args.integer("seed"))}};
  for (const char* name : {"low", "high", "mean", "stddev", "prob"})
    if (args.has(name)) arguments.emplace_back(name, Constant::of(static_cast<float>(args.number(name))));
  return to_doubles(evaluate(args.op().type, arguments, op_table(), args.opset()).at(0));
}

void check_draws(const Arguments& args, const Tensor& drawn) {
  const Distribution want = declared(args);
  const bool categorical = args.op().type == "random_categorical";
  check_range(to_doubles(drawn), want, categorical || args.op().type == "random_bernoulli");
  if (categorical) return check_frequencies(args);
  check_moments(draw_many(args), want);
}

}  // namespace

Executable::Trace distribution_check(const Executable& executable, const TensorMap& inputs) {
  const Function& function = executable.program().main();
  const auto graph = std::make_shared<const Graph>(function);
  const auto values = std::make_shared<std::map<ValueId, Tensor>>();
  for (const Output& input : function.inputs)
    if (const auto found = inputs.find(input.name); found != inputs.end())
      (*values)[input.id] = converted(found->second, compute_dtype(input.type.dtype));
  const auto literals = std::make_shared<std::deque<Tensor>>();
  return [&function, graph, values, literals](const Op& op, const Output& output, const Tensor& result) {
    (*values)[output.id] = result;
    const OpDefinition* definition = op_table().find(op.type);
    if (definition == nullptr || definition->deterministic) return;
    const auto value_of = [&](const Operand& operand) -> const Tensor* {
      if (const Constant* constant = graph->constant(operand))
        return constant->type().dtype == DType::kString ? nullptr : &literals->emplace_back(constant->tensor());
      const auto found = values->find(operand.value());
      return found == values->end() ? nullptr : &found->second;
    };
    check_draws(
        bind(
            op, *definition, function.opset,
            [&](const Operand& o) -> const Type& { return o.is_value() ? graph->type(o.value()) : o.literal().type(); },
            value_of, [&](const Operand& o) { return graph->constant(o); }),
        result);
  };
}

}  // namespace anemone
