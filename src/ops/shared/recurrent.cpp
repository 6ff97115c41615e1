// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/recurrent.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "ops/shared/activation.h"
#include "ops/shared/cost.h"
#include "ops/shared/reduction.h"

namespace anemone {

RecurrentActivation recurrent_activation(const Arguments& args, std::string_view name) {
  std::string text = args.text(name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (text == "relu") return [](double x) { return x < 0 ? 0 : x; };
  if (text == "tanh") return [](double x) { return std::tanh(x); };
  if (text == "sigmoid") return sigmoid;
  if (text == "linear") return [](double x) { return x; };
  if (text == "sigmoid_hard" || text == "hard_sigmoid")
    return [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); };
  if (text == "scaled_tanh") return [](double x) { return 1.7159 * std::tanh(2.0 / 3.0 * x); };
  fail("{} {} is not known", name, text);
}

void expect_shape(const Arguments& args, std::string_view name, const Shape& shape) {
  if (!args.has(name)) return;
  const Type& type = args.type(name);
  const Type expected = Type::tensor(type.dtype, shape);
  if (!compatible(expected, type)) fail("{} is {}, expected {}", name, type.str(), expected.str());
}

RecurrentSizes recurrent_sizes(const Arguments& args, int gates, const std::string& suffix) {
  const Type& x = args.type("x");
  const Type& weight = args.type("weight_hh" + suffix);
  if (x.ranked && x.rank() != 3) fail("x has rank {}, expected 3", x.rank());
  if (weight.ranked && weight.rank() != 2) fail("weight_hh{} has rank {}, expected 2", suffix, weight.rank());
  const auto dim = [](const Type& type, size_t axis) { return type.ranked ? type.shape[axis] : Dim::unknown(); };
  const RecurrentSizes sizes{dim(x, 0), dim(x, 1), dim(x, 2), dim(weight, 1)};
  const Dim rows = sizes.hidden * gates;
  expect_shape(args, "weight_hh" + suffix, {rows, sizes.hidden});
  expect_shape(args, "weight_ih" + suffix, {rows, sizes.inputs});
  return sizes;
}

void expect_direction(const Arguments& args, const std::vector<std::string>& allowed) {
  const std::string direction = args.text("direction");
  if (std::find(allowed.begin(), allowed.end(), direction) == allowed.end())
    fail("direction is {}, expected {}", direction, any_of(allowed));
}

RowProducts::RowProducts(const Arguments& args, std::string_view name)
    : data_(args.tensor(name).as<float>().data()), columns_(static_cast<size_t>(args.tensor(name).shape()[1])) {}

double RowProducts::operator()(size_t row, const double* vector) const {
  const float* weights = data_ + row * columns_;
  return lane_sum(columns_, [&](size_t i) { return static_cast<double>(weights[i]) * vector[i]; });
}

double RowProducts::operator()(size_t row, const float* vector) const {
  const float* weights = data_ + row * columns_;
  return lane_sum(columns_, [&](size_t i) { return static_cast<double>(weights[i]) * static_cast<double>(vector[i]); });
}

void walk(const RecurrentWalk& how, const Tensor& x, std::vector<double>& h, const RecurrentStep& step, Tensor& y) {
  const auto time = static_cast<size_t>(x.shape()[0]);
  const auto batch = static_cast<size_t>(x.shape()[1]);
  const auto inputs = static_cast<size_t>(x.shape()[2]);
  const auto width = static_cast<size_t>(y.shape()[2]);
  const size_t hidden = batch == 0 ? 0 : h.size() / batch;
  const auto from = x.as<float>();
  auto to = y.as<float>();
  const auto emit = [&](size_t row) {
    for (size_t b = 0; b < batch; ++b)
      for (size_t j = 0; j < hidden; ++j)
        to[(row * batch + b) * width + how.column + j] = static_cast<float>(h[b * hidden + j]);
  };
  for (size_t t = 0; t < time; ++t) {
    const size_t source = how.backward ? time - 1 - t : t;
    for (size_t b = 0; b < batch; ++b) step(from.data() + (source * batch + b) * inputs, b, h.data() + b * hidden);
    if (how.sequence) emit(how.in_input_order ? source : t);
  }
  if (!how.sequence) emit(0);
}

std::vector<double> state_columns(const Tensor& state, size_t column, size_t hidden) {
  const auto batch = static_cast<size_t>(state.shape()[0]);
  const auto width = static_cast<size_t>(state.shape()[1]);
  std::vector<double> values;
  for (size_t b = 0; b < batch; ++b)
    for (size_t j = 0; j < hidden; ++j)
      values.push_back(static_cast<double>(state.as<float>()[b * width + column + j]));
  return values;
}

void set_state_columns(const std::vector<double>& values, size_t column, size_t hidden, Tensor& state) {
  const auto width = static_cast<size_t>(state.shape()[1]);
  for (size_t i = 0; i < values.size(); ++i)
    state.as<float>()[i / hidden * width + column + i % hidden] = static_cast<float>(values[i]);
}

Cost recurrent_cost(const Arguments& args, const std::vector<Type>& outputs) {
  double weights = 0;
  for (const char* name : {"weight_ih", "weight_hh", "weight_ih_back", "weight_hh_back"})
    if (args.has(name)) weights += elements(args.type(name));
  const Type& x = args.type("x");
  const double steps =
      x.is_concrete() ? static_cast<double>(x.concrete()[0]) * static_cast<double>(x.concrete()[1]) : 0;
  return cost_of(args, outputs, 2 * weights * steps);
}

}  // namespace anemone
