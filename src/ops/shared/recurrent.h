// SPDX-License-Identifier: Apache-2.0
// What rnn, gru and lstm share: activations by name, shape checks, products with a weight matrix, and the walk over
// time. x is [time, batch, inputs], a state [batch, hidden]. Products are summed in double in a fixed order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/op_definition.h"

namespace anemone {

using RecurrentActivation = double (*)(double);
// relu, tanh, sigmoid, linear, sigmoid_hard (also hard_sigmoid): clip(0.2 x + 0.5, 0, 1), scaled_tanh:
// 1.7159 tanh(2/3 x). Error for other names.
RecurrentActivation recurrent_activation(const Arguments& args, std::string_view name);

// Error unless the argument, when present, has this shape.
void expect_shape(const Arguments& args, std::string_view name, const Shape& shape);

struct RecurrentSizes {
  Dim time, batch, inputs, hidden;
};
// Sizes from x and weight_hh; checks x, and the weights and bias for `gates` gates. `suffix` is "" or "_back".
RecurrentSizes recurrent_sizes(const Arguments& args, int gates, const std::string& suffix = "");
// Error unless the direction is one of these.
void expect_direction(const Arguments& args, const std::vector<std::string>& allowed);

// A matrix [rows, columns] and the products of its rows.
class RowProducts {
 public:
  RowProducts(const Arguments& args, std::string_view name);
  double operator()(size_t row, const double* vector) const;
  double operator()(size_t row, const float* vector) const;
  size_t columns() const { return columns_; }

 private:
  const float* data_;
  size_t columns_;
};

// A bias vector; 0 when it is absent.
class RecurrentBias {
 public:
  RecurrentBias(const Arguments& args, std::string_view name)
      : data_(args.has(name) ? args.tensor(name).as<float>().data() : nullptr) {}
  double operator[](size_t row) const { return data_ ? static_cast<double>(data_[row]) : 0; }

 private:
  const float* data_;
};

// One direction of a recurrent op: for each time step and batch element calls step(x, batch, h), which replaces the
// hidden state h, and emits h. Emitted states go to y [emitted, batch, width] at `column`; in processing order, or in
// input order when `in_input_order`.
struct RecurrentWalk {
  bool backward = false;
  bool sequence = false;  // emit every step, else the last one
  bool in_input_order = false;
  size_t column = 0;
};
using RecurrentStep = std::function<void(const float* x, size_t batch, double* h)>;
void walk(const RecurrentWalk& how, const Tensor& x, std::vector<double>& h, const RecurrentStep& step, Tensor& y);

// The columns [column, column + hidden) of a state, as doubles; and back.
std::vector<double> state_columns(const Tensor& state, size_t column, size_t hidden);
void set_state_columns(const std::vector<double>& values, size_t column, size_t hidden, Tensor& state);

// Floating point operations of all products.
Cost recurrent_cost(const Arguments& args, const std::vector<Type>& outputs);

}  // namespace anemone
