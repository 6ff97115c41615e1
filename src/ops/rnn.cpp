// SPDX-License-Identifier: Apache-2.0
// rnn: h = activation(weight_ih x + weight_hh h + bias) over time; gives the states (all or the last) and the last
// state. A reverse run emits states in processing order.
#include "ops/ops.h"
#include "ops/shared/recurrent.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const RecurrentSizes sizes = recurrent_sizes(args, 1);
  expect_direction(args, {"forward", "reverse"});
  recurrent_activation(args, "activation");
  expect_shape(args, "initial_h", {sizes.batch, sizes.hidden});
  expect_shape(args, "bias", {sizes.hidden});
  const DType dtype = args.type("x").dtype;
  return {Type::tensor(dtype, Shape{args.flag("output_sequence") ? sizes.time : Dim(1), sizes.batch, sizes.hidden}),
          Type::tensor(dtype, Shape{sizes.batch, sizes.hidden})};
}

void run(const Arguments& args, Results& results) {
  const auto types = infer(args);
  Tensor& y = results.allocate(0, types[0].concrete(), DType::kFloat32);
  Tensor& last = results.allocate(1, types[1].concrete(), DType::kFloat32);
  const RecurrentActivation activation = recurrent_activation(args, "activation");
  const RowProducts input(args, "weight_ih");
  const RowProducts hidden(args, "weight_hh");
  const RecurrentBias bias(args, "bias");
  auto h = state_columns(args.tensor("initial_h"), 0, hidden.columns());
  std::vector<double> next(hidden.columns());
  const auto step = [&](const float* x, size_t, double* state) {
    for (size_t j = 0; j < next.size(); ++j) next[j] = activation(input(j, x) + hidden(j, state) + bias[j]);
    std::copy(next.begin(), next.end(), state);
  };
  walk({args.text("direction") == "reverse", args.flag("output_sequence")}, args.tensor("x"), h, step, y);
  set_state_columns(h, 0, hidden.columns(), last);
}

std::string parameters(const std::string& types) {
  return "x: T=" + types +
         ", initial_h: T, weight_ih: T const, weight_hh: T const, bias: T const ?, "
         "direction: string const = forward, output_sequence: bool const = false, activation: string const = tanh";
}

std::vector<Sample> samples() {
  const Arg x("x", floats({2, 1, 1}, {1, -2}));
  const Arg h("initial_h", floats({1, 2}, {0.5F, 1}));
  const Arg ih("weight_ih", floats({2, 1}, {1, 2}));
  const Arg hh("weight_hh", floats({2, 2}, {0, 1, -1, 2}));
  const Arg linear("activation", "linear");
  return {
      {{x, h, ih, hh, linear, {"bias", floats({2}, {0.5F, 0})}, {"output_sequence", true}},
       {floats({2, 1, 2}, {2.5F, 3.5F, 2, 0.5F}), floats({1, 2}, {2, 0.5F})},
       "by hand",
       1e-6,
       0},
      {{x, h, ih, hh, linear, {"direction", "reverse"}},
       {floats({1, 1, 2}, {-1.5F, -2}), floats({1, 2}, {-1.5F, -2})},
       "by hand",
       1e-6,
       0},
  };
}

}  // namespace

void register_op_rnn(OpTable& table) {
  OpDefinition op;
  op.name = "rnn";
  op.signatures = {signature(5, parameters("fp32")), signature(7, parameters("fp16|fp32"))};
  op.infer = infer;
  op.evaluate = run;
  op.cost = recurrent_cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
