// SPDX-License-Identifier: Apache-2.0
// lstm: gates stacked in the order input i, forget f, output o, cell z. c = f c + i z, clipped to [-clip, clip];
// h = o activation(c). Peepholes (i, f, o) add products of c to the gates, the output gate seeing the new c. A reverse
// run emits states in processing order; the two halves of a bidirectional one are in input order.
#include <algorithm>

#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/recurrent.h"

namespace anemone {
namespace {

bool is_bidirectional(const Arguments& args) { return args.text("direction") == "bidirectional"; }

void check_direction(const Arguments& args, const RecurrentSizes& sizes, const std::string& suffix) {
  expect_shape(args, "bias" + suffix, {sizes.hidden * 4});
  expect_shape(args, "peephole" + suffix, {sizes.hidden * 3});
}

std::vector<Type> infer(const Arguments& args) {
  const RecurrentSizes sizes = recurrent_sizes(args, 4);
  check_direction(args, sizes, "");
  expect_direction(args, {"forward", "reverse", "bidirectional"});
  for (const char* name : {"recurrent_activation", "cell_activation", "activation"}) recurrent_activation(args, name);
  if (is_bidirectional(args)) {
    if (!args.has("weight_ih_back") || !args.has("weight_hh_back"))
      fail("a bidirectional op needs weight_ih_back and weight_hh_back");
    const RecurrentSizes back = recurrent_sizes(args, 4, "_back");
    if (provably_different(back.hidden, sizes.hidden))
      fail("weight_hh_back is for {} units, weight_hh for {}", back.hidden.str(), sizes.hidden.str());
    check_direction(args, back, "_back");
  }
  const Dim width = sizes.hidden * (is_bidirectional(args) ? 2 : 1);
  expect_shape(args, "initial_h", {sizes.batch, width});
  expect_shape(args, "initial_c", {sizes.batch, width});
  const DType dtype = args.type("x").dtype;
  const Type state = Type::tensor(dtype, Shape{sizes.batch, width});
  return {Type::tensor(dtype, Shape{args.flag("output_sequence") ? sizes.time : Dim(1), sizes.batch, width}), state,
          state};
}

class Cell {
 public:
  Cell(const Arguments& args, const std::string& suffix)
      : gate_(recurrent_activation(args, "recurrent_activation")),
        cell_activation_(recurrent_activation(args, "cell_activation")),
        activation_(recurrent_activation(args, "activation")),
        input_(args, "weight_ih" + suffix),
        hidden_(args, "weight_hh" + suffix),
        bias_(args, "bias" + suffix),
        peephole_(args, "peephole" + suffix),
        next_(size()) {
    if (args.has("clip")) clip_ = args.number("clip");
  }

  size_t size() const { return hidden_.columns(); }

  void operator()(const float* x, double* h, double* c) {
    for (size_t j = 0; j < size(); ++j) {
      const double in = gate_(sum(0, j, x, h) + c[j] * peephole_[j]);
      const double forget = gate_(sum(1, j, x, h) + c[j] * peephole_[size() + j]);
      c[j] = forget * c[j] + in * cell_activation_(sum(3, j, x, h));
      if (clip_ >= 0) c[j] = std::clamp(c[j], -clip_, clip_);
      const double out = gate_(sum(2, j, x, h) + c[j] * peephole_[2 * size() + j]);
      next_[j] = out * activation_(c[j]);
    }
    std::copy(next_.begin(), next_.end(), h);
  }

 private:
  double sum(size_t gate, size_t j, const float* x, const double* h) const {
    const size_t row = gate * size() + j;
    return input_(row, x) + hidden_(row, h) + bias_[row];
  }

  RecurrentActivation gate_, cell_activation_, activation_;
  RowProducts input_, hidden_;
  RecurrentBias bias_, peephole_;
  std::vector<double> next_;
  double clip_ = -1;  // negative: none
};

void run_direction(const Arguments& args, const RecurrentWalk& how, const std::string& suffix, Tensor& y, Tensor& h_out,
                   Tensor& c_out) {
  Cell cell(args, suffix);
  const size_t hidden = cell.size();
  auto h = state_columns(args.tensor("initial_h"), how.column, hidden);
  auto c = state_columns(args.tensor("initial_c"), how.column, hidden);
  walk(
      how, args.tensor("x"), h,
      [&](const float* x, size_t batch, double* state) { cell(x, state, c.data() + batch * hidden); }, y);
  set_state_columns(h, how.column, hidden, h_out);
  set_state_columns(c, how.column, hidden, c_out);
}

void run(const Arguments& args, Results& results) {
  const auto types = infer(args);
  Tensor& y = results.allocate(0, types[0].concrete(), DType::kFloat32);
  Tensor& h = results.allocate(1, types[1].concrete(), DType::kFloat32);
  Tensor& c = results.allocate(2, types[2].concrete(), DType::kFloat32);
  const bool sequence = args.flag("output_sequence");
  const bool both = is_bidirectional(args);
  run_direction(args, {args.text("direction") == "reverse", sequence, false, 0}, "", y, h, c);
  if (!both) return;
  const auto hidden = static_cast<size_t>(args.tensor("weight_hh").shape()[1]);
  run_direction(args, {true, sequence, true, hidden}, "_back", y, h, c);
}

std::string parameters(const std::string& types) {
  return "x: T=" + types +
         ", initial_h: T, initial_c: T, weight_ih: T const, weight_hh: T const, bias: T const ?, "
         "peephole: T const ?, weight_ih_back: T const ?, weight_hh_back: T const ?, bias_back: T const ?, "
         "peephole_back: T const ?, direction: string const = forward, output_sequence: bool const = false, "
         "recurrent_activation: string const = sigmoid, cell_activation: string const = tanh, "
         "activation: string const = tanh, clip: T const ?";
}

Sample bidirectional_sample() {
  return {{{"x", floats({3, 1, 1}, {1, -0.5F, 2})},
           {"initial_h", floats({1, 2}, {0.5F, -1})},
           {"initial_c", floats({1, 2}, {1, 0.25F})},
           {"weight_ih", floats({4, 1}, {0.5F, -1, 0.25F, 1})},
           {"weight_hh", floats({4, 1}, {1, 0.5F, -0.5F, 2})},
           {"bias", floats({4}, {0.1F, 0.2F, 0.3F, 0.4F})},
           {"weight_ih_back", floats({4, 1}, {-0.5F, 1, 1, 0.5F})},
           {"weight_hh_back", floats({4, 1}, {0.25F, -1, 1, 1})},
           {"direction", "bidirectional"},
           {"output_sequence", true}},
          {floats({3, 1, 2}, {0.46063805F, 0.14837283F, 0.40252677F, 0.014785602F, 0.49525064F, 0.17087871F}),
           floats({1, 2}, {0.49525064F, 0.14837283F}), floats({1, 2}, {1.0139567F, 0.20497839F})},
          "PyTorch 2.13",
          1e-6,
          0};
}

// i = 0.5 + 0.5 = 1, f = 0.25 + 0.25 = 0.5, c = min(0.5 + 2, 1.5), o = 1 + 1.5, h = 2.5 * 1.5.
Sample peephole_sample() {
  return {{{"x", floats({1, 1, 1}, {1})},
           {"initial_h", floats({1, 1}, {0})},
           {"initial_c", floats({1, 1}, {1})},
           {"weight_ih", floats({4, 1}, {0.5F, 0.25F, 1, 2})},
           {"weight_hh", floats({4, 1}, {1, 1, 1, 1})},
           {"peephole", floats({3}, {0.5F, 0.25F, 1})},
           {"recurrent_activation", "linear"},
           {"cell_activation", "linear"},
           {"activation", "linear"},
           {"clip", Constant::of(1.5F)}},
          {floats({1, 1, 1}, {3.75F}), floats({1, 1}, {3.75F}), floats({1, 1}, {1.5F})},
          "by hand",
          1e-6,
          0};
}

}  // namespace

void register_op_lstm(OpTable& table) {
  OpDefinition op;
  op.name = "lstm";
  op.signatures = {signature(5, parameters("fp32")), signature(7, parameters("fp16|fp32"))};
  op.infer = infer;
  op.evaluate = run;
  op.cost = recurrent_cost;
  op.samples = {bidirectional_sample(), peephole_sample()};
  table.add(std::move(op));
}

}  // namespace anemone
