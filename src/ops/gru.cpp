// SPDX-License-Identifier: Apache-2.0
// gru: gates stacked in the order reset r, output o, update z; h = (1 - z) o + z h. By default the hidden state is
// reset before it is multiplied: o = activation(W_o x + R_o (r h) + b_o); with reset_after (CoreML8) the product is: o
// = activation(W_o x + b_io + r (R_o h + b_o)). A reverse run emits states in processing order.
#include "ops/ops.h"
#include "ops/shared/recurrent.h"

namespace anemone {
namespace {

bool resets_after(const Arguments& args) { return args.has("reset_after") && args.flag("reset_after"); }

std::vector<Type> infer(const Arguments& args) {
  const RecurrentSizes sizes = recurrent_sizes(args, 3);
  expect_direction(args, {"forward", "reverse"});
  recurrent_activation(args, "activation");
  recurrent_activation(args, "recurrent_activation");
  expect_shape(args, "initial_h", {sizes.batch, sizes.hidden});
  expect_shape(args, "bias", {sizes.hidden * 3});
  expect_shape(args, "input_bias", {sizes.hidden * 3});
  const DType dtype = args.type("x").dtype;
  return {Type::tensor(dtype, Shape{args.flag("output_sequence") ? sizes.time : Dim(1), sizes.batch, sizes.hidden}),
          Type::tensor(dtype, Shape{sizes.batch, sizes.hidden})};
}

class Cell {
 public:
  explicit Cell(const Arguments& args)
      : gate_(recurrent_activation(args, "recurrent_activation")),
        activation_(recurrent_activation(args, "activation")),
        reset_after_(resets_after(args)),
        input_(args, "weight_ih"),
        hidden_(args, "weight_hh"),
        bias_(args, "bias"),
        input_bias_(args, "input_bias"),
        reset_(size()),
        next_(size()) {}

  size_t size() const { return hidden_.columns(); }

  void operator()(const float* x, double* h) {
    for (size_t j = 0; j < size(); ++j) {
      reset_[j] = gate(j, x, h);
      if (!reset_after_) reset_[j] *= h[j];
    }
    for (size_t j = 0; j < size(); ++j) {
      const size_t row = size() + j;
      const double recurrent =
          reset_after_ ? reset_[j] * (hidden_(row, h) + bias_[row]) : hidden_(row, reset_.data()) + bias_[row];
      const double output = activation_(input_(row, x) + input_bias_[row] + recurrent);
      const double update = gate(2 * size() + j, x, h);
      next_[j] = (1 - update) * output + update * h[j];
    }
    std::copy(next_.begin(), next_.end(), h);
  }

 private:
  double gate(size_t row, const float* x, const double* h) const {
    return gate_(input_(row, x) + input_bias_[row] + hidden_(row, h) + bias_[row]);
  }

  RecurrentActivation gate_, activation_;
  bool reset_after_;
  RowProducts input_, hidden_;
  RecurrentBias bias_, input_bias_;
  std::vector<double> reset_, next_;
};

void run(const Arguments& args, Results& results) {
  const auto types = infer(args);
  Tensor& y = results.allocate(0, types[0].concrete(), DType::kFloat32);
  Tensor& last = results.allocate(1, types[1].concrete(), DType::kFloat32);
  Cell cell(args);
  auto h = state_columns(args.tensor("initial_h"), 0, cell.size());
  walk(
      {args.text("direction") == "reverse", args.flag("output_sequence")}, args.tensor("x"), h,
      [&](const float* x, size_t, double* state) { cell(x, state); }, y);
  set_state_columns(h, 0, cell.size(), last);
}

std::string parameters(const std::string& types) {
  return "x: T=" + types +
         ", initial_h: T, weight_ih: T const, weight_hh: T const, bias: T const ?, "
         "direction: string const = forward, output_sequence: bool const = false, "
         "recurrent_activation: string const = sigmoid, activation: string const = tanh";
}

std::vector<Sample> samples() {
  const std::vector<Arg> common = {{"x", floats({2, 1, 1}, {0.5F, 1})},
                                   {"initial_h", floats({1, 1}, {2})},
                                   {"weight_ih", floats({3, 1}, {0.25F, 1, 0.5F})},
                                   {"weight_hh", floats({3, 1}, {0.125F, 2, 0.25F})},
                                   {"recurrent_activation", "linear"},
                                   {"activation", "linear"},
                                   {"output_sequence", true}};
  // First step: r = 0.375, z = 0.75.
  std::vector<Arg> before = common;  // o = 0.5 + 2 * 0.375 * 2 + 1 = 3
  before.emplace_back("bias", floats({3}, {0, 1, 0}));
  std::vector<Arg> after = before;  // o = 0.5 - 1 + 0.375 * (2 * 2 + 1) = 1.375
  after.emplace_back("reset_after", true);
  after.emplace_back("input_bias", floats({3}, {0, -1, 0}));
  return {
      {before, {floats({2, 1, 1}, {2.25F, 2.116211F}), floats({1, 1}, {2.116211F})}, "by hand", 1e-6, 0},
      {after, {floats({2, 1, 1}, {1.84375F, 1.859705F}), floats({1, 1}, {1.859705F})}, "by hand", 1e-6, 8},
  };
}

}  // namespace

void register_op_gru(OpTable& table) {
  OpDefinition op;
  op.name = "gru";
  op.signatures = {
      signature(5, parameters("fp32")),
      signature(7, parameters("fp16|fp32")),
      signature(8, parameters("fp16|fp32") + ", reset_after: bool const ?, input_bias: T const ?"),
  };
  op.infer = infer;
  op.evaluate = run;
  op.cost = recurrent_cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
