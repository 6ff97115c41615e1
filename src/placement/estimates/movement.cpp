// SPDX-License-Identifier: Apache-2.0
// Transposes, pooling and recurrent layers.
#include <algorithm>

#include "placement/estimate.h"

namespace anemone {
namespace {

// A transpose of a batch is believed slower, on the CPU by more than 20 times.
OpWork transpose(const OpView& op) {
  const Type* x = op.input("x");
  if (!x) return OpWork::everywhere(streamed(op));
  const bool batch = x->rank() >= 3 && x->shape.front().is_constant() && x->shape.front().value() > 1;
  return OpWork::everywhere({batch ? "transpose.batch" : "transpose", bytes_of(*x) + bytes_of(op.output())});
}

// Small windows cost their bytes; on the CPU large ones cost a flop for each element of a window.
OpWork pool(const OpView& op) {
  double taps = 1;
  for (const int64_t size : op.integers("kernel_sizes").value_or(std::vector<int64_t>{}))
    taps *= static_cast<double>(std::max<int64_t>(1, size));
  const Work bytes = streamed(op);
  return {{bytes}, {bytes}, {bytes, {"conv.dense", taps * elements_of(op.output())}}};
}

WorkFunction recurrent(int gates) {
  return [gates](const OpView& op) -> OpWork {
    const Type* x = op.input("x");
    const Type* hidden = op.input("weight_hh");
    if (!x || !hidden || x->rank() == 0) return OpWork::everywhere(streamed(op));
    const double size =
        hidden->rank() > 1 && hidden->shape[1].is_constant() ? static_cast<double>(hidden->shape[1].value()) : 0;
    const double steps = x->shape.back().is_constant()
                             ? elements_of(*x) / std::max(1.0, static_cast<double>(x->shape.back().value()))
                             : 0;
    const double inputs = x->shape.back().is_constant() ? static_cast<double>(x->shape.back().value()) : 0;
    return OpWork::everywhere({"recurrent", 2 * gates * size * (inputs + size) * steps});
  };
}

}  // namespace

void register_estimate_movement(EstimateTable& table) {
  table.add({"transpose"}, transpose);
  table.add({"max_pool", "avg_pool", "l2_pool"}, pool);
  table.add({"lstm"}, recurrent(4));
  table.add({"gru"}, recurrent(3));
  table.add({"rnn"}, recurrent(1));
}

}  // namespace anemone
