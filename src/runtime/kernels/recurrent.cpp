// SPDX-License-Identifier: Apache-2.0
// lstm and gru with constant weights and the usual activations. The products with the inputs of all time steps are one
// matrix product; each step then multiplies the hidden states of the whole batch.
#include <cstring>

#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/gemm.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::Activation;
using kernels::Binary;
using kernels::binary;
using kernels::PackedMatrix;
using kernels::Unary;
using kernels::unary;

PackedMatrix packed_rows(const Tensor& weight, int64_t first, int64_t rows, int threads) {
  const int64_t columns = weight.shape()[1];
  return {threads, weight.as<float>().data() + first * columns, PackedMatrix::Layout::kNk, rows, columns, columns};
}

std::vector<float> bias_of(const Arguments& args, const std::string& name, int64_t size) {
  std::vector<float> values(static_cast<size_t>(size), 0.0F);
  if (!args.has(name)) return values;
  const auto tensor = constant_tensor(args, name);
  CHECK(tensor && tensor->size() == size);
  std::memcpy(values.data(), tensor->bytes(), tensor->byte_size());
  return values;
}

struct Sizes {
  int64_t time, batch, hidden;
};

// One direction: the state of the batch, and how a step changes it. `inputs` are the products with the input of the
// step, [batch, gates · hidden].
class Cell {
 public:
  virtual ~Cell() = default;
  // Products of x [time · batch, inputs] with the input weights.
  virtual std::vector<float> inputs(int threads, const Tensor& x) const = 0;
  virtual void step(int threads, int64_t batch, const float* inputs, float* h, float* c) const = 0;
  int64_t hidden() const { return hidden_; }
  int64_t gates() const { return gates_; }

 protected:
  Cell(int64_t hidden, int64_t gates) : hidden_(hidden), gates_(gates) {}
  int64_t hidden_;
  int64_t gates_;
};

std::vector<float> products(int threads, const Tensor& x, const PackedMatrix& weights, const std::vector<float>& bias) {
  const int64_t rows = x.shape()[0] * x.shape()[1];
  std::vector<float> made(static_cast<size_t>(rows * weights.n()));
  kernels::gemm(threads, rows, x.as<float>().data(), x.shape()[2], weights, bias.data(), Activation::kNone, made.data(),
                weights.n());
  return made;
}

// Gates in the order input, forget, output, cell.
class LstmCell : public Cell {
 public:
  LstmCell(const Arguments& args, const std::string& suffix, const Tensor& in, const Tensor& hidden, int threads)
      : Cell(hidden.shape()[1], 4),
        in_(packed_rows(in, 0, 4 * hidden_, threads)),
        recurrent_(packed_rows(hidden, 0, 4 * hidden_, threads)),
        bias_(bias_of(args, "bias" + suffix, 4 * hidden_)) {}

  std::vector<float> inputs(int threads, const Tensor& x) const override { return products(threads, x, in_, bias_); }

  void step(int threads, int64_t batch, const float* inputs, float* h, float* c) const override {
    const int64_t width = 4 * hidden_;
    std::vector<float> gates(static_cast<size_t>(batch * width));
    kernels::gemm(threads, batch, h, hidden_, recurrent_, nullptr, Activation::kNone, gates.data(), width);
    binary(Binary::kAdd, gates.data(), inputs, gates.data(), batch * width);
    for (int64_t b = 0; b < batch; ++b, h += hidden_, c += hidden_) {
      float* in = gates.data() + b * width;
      float* forget = in + hidden_;
      float* out = forget + hidden_;
      float* cell = out + hidden_;
      unary(Unary::kSigmoid, in, in, 3 * hidden_);
      unary(Unary::kTanh, cell, cell, hidden_);
      binary(Binary::kMul, forget, c, c, hidden_);
      binary(Binary::kMul, in, cell, cell, hidden_);
      binary(Binary::kAdd, c, cell, c, hidden_);
      unary(Unary::kTanh, c, cell, hidden_);
      binary(Binary::kMul, out, cell, h, hidden_);
    }
  }

 private:
  PackedMatrix in_, recurrent_;
  std::vector<float> bias_;
};

// Gates in the order reset, output, update.
class GruCell : public Cell {
 public:
  GruCell(const Arguments& args, const Tensor& in, const Tensor& hidden, int threads)
      : Cell(hidden.shape()[1], 3),
        after_(args.has("reset_after") && args.flag("reset_after")),
        in_(packed_rows(in, 0, 3 * hidden_, threads)),
        reset_(packed_rows(hidden, 0, hidden_, threads)),
        output_(packed_rows(hidden, hidden_, hidden_, threads)),
        update_(packed_rows(hidden, 2 * hidden_, hidden_, threads)),
        bias_(bias_of(args, "bias", 3 * hidden_)),
        input_bias_(bias_of(args, "input_bias", 3 * hidden_)) {}

  std::vector<float> inputs(int threads, const Tensor& x) const override {
    return products(threads, x, in_, input_bias_);
  }

  void step(int threads, int64_t batch, const float* inputs, float* h, float*) const override {
    const int64_t count = batch * hidden_;
    std::vector<float> reset = gate(threads, batch, inputs, h, reset_, 0);
    const std::vector<float> update = gate(threads, batch, inputs, h, update_, 2);
    std::vector<float> output(static_cast<size_t>(count));
    if (after_) {
      product(threads, batch, h, output_, 1, output);
      binary(Binary::kMul, reset.data(), output.data(), output.data(), count);
    } else {
      binary(Binary::kMul, reset.data(), h, reset.data(), count);
      product(threads, batch, reset.data(), output_, 1, output);
    }
    add_inputs(batch, inputs, 1, output);
    unary(Unary::kTanh, output.data(), output.data(), count);
    // (1 - update) output + update h
    binary(Binary::kMul, update.data(), h, h, count);
    kernels::scalar_binary(Binary::kSub, 1.0F, update.data(), reset.data(), count);
    binary(Binary::kMul, reset.data(), output.data(), output.data(), count);
    binary(Binary::kAdd, output.data(), h, h, count);
  }

 private:
  void product(int threads, int64_t batch, const float* h, const PackedMatrix& weights, int64_t index,
               std::vector<float>& to) const {
    kernels::gemm(threads, batch, h, hidden_, weights, bias_.data() + index * hidden_, Activation::kNone, to.data(),
                  hidden_);
  }

  void add_inputs(int64_t batch, const float* inputs, int64_t index, std::vector<float>& to) const {
    for (int64_t b = 0; b < batch; ++b)
      binary(Binary::kAdd, inputs + (b * 3 + index) * hidden_, to.data() + b * hidden_, to.data() + b * hidden_,
             hidden_);
  }

  std::vector<float> gate(int threads, int64_t batch, const float* inputs, const float* h, const PackedMatrix& weights,
                          int64_t index) const {
    std::vector<float> values(static_cast<size_t>(batch * hidden_));
    product(threads, batch, h, weights, index, values);
    add_inputs(batch, inputs, index, values);
    unary(Unary::kSigmoid, values.data(), values.data(), batch * hidden_);
    return values;
  }

  bool after_;
  PackedMatrix in_, reset_, output_, update_;
  std::vector<float> bias_, input_bias_;
};

// Columns [column, column + width) of a state [batch, wide].
void copy_columns(int64_t batch, int64_t width, const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  for (int64_t b = 0; b < batch; ++b)
    std::memcpy(to + b * to_stride, from + b * from_stride, static_cast<size_t>(width) * sizeof(float));
}

struct Direction {
  std::shared_ptr<const Cell> cell;
  bool backward = false;
  bool in_input_order = false;
};

class Walk {
 public:
  Walk(std::vector<Direction> directions, bool has_cell_state)
      : directions_(std::move(directions)), has_cell_state_(has_cell_state) {}

  void run(const Arguments& args, Results& results) const {
    const Tensor& x = args.tensor("x");
    const bool sequence = args.flag("output_sequence");
    const int64_t batch = x.shape()[1];
    const int64_t hidden = directions_[0].cell->hidden();
    const int64_t wide = hidden * static_cast<int64_t>(directions_.size());
    Tensor& y = results.allocate(0, {sequence ? x.shape()[0] : 1, batch, wide}, DType::kFloat32);
    Tensor& h_out = results.allocate(1, {batch, wide}, DType::kFloat32);
    Tensor* c_out = has_cell_state_ ? &results.allocate(2, {batch, wide}, DType::kFloat32) : nullptr;
    for (size_t i = 0; i < directions_.size(); ++i) {
      const int64_t column = static_cast<int64_t>(i) * hidden;
      std::vector<float> h(static_cast<size_t>(batch * hidden));
      std::vector<float> c(h.size());
      copy_columns(batch, hidden, args.tensor("initial_h").as<float>().data() + column, wide, h.data(), hidden);
      if (c_out)
        copy_columns(batch, hidden, args.tensor("initial_c").as<float>().data() + column, wide, c.data(), hidden);
      walk(directions_[i], x, results.threads(), sequence, h, c, y.as<float>().data() + column, wide);
      copy_columns(batch, hidden, h.data(), hidden, h_out.as<float>().data() + column, wide);
      if (c_out) copy_columns(batch, hidden, c.data(), hidden, c_out->as<float>().data() + column, wide);
    }
  }

 private:
  static void walk(const Direction& how, const Tensor& x, int threads, bool sequence, std::vector<float>& h,
                   std::vector<float>& c, float* y, int64_t wide) {
    const int64_t time = x.shape()[0];
    const int64_t batch = x.shape()[1];
    const int64_t hidden = how.cell->hidden();
    const std::vector<float> inputs = how.cell->inputs(threads, x);
    for (int64_t t = 0; t < time; ++t) {
      const int64_t source = how.backward ? time - 1 - t : t;
      how.cell->step(threads, batch, inputs.data() + source * batch * how.cell->gates() * hidden, h.data(), c.data());
      if (sequence)
        copy_columns(batch, hidden, h.data(), hidden, y + (how.in_input_order ? source : t) * batch * wide, wide);
    }
    if (!sequence) copy_columns(batch, hidden, h.data(), hidden, y, wide);
  }

  std::vector<Direction> directions_;
  bool has_cell_state_;
};

std::optional<Tensor> matrix(const Arguments& args, const std::string& name) {
  auto weight = constant_tensor(args, name);
  if (!weight || weight->dtype() != DType::kFloat32 || weight->rank() != 2 || weight->size() == 0) return std::nullopt;
  return weight;
}

bool is_usual(const Arguments& args) {
  if (args.text("recurrent_activation") != "sigmoid" || args.text("activation") != "tanh") return false;
  if (args.op().type != "lstm") return true;
  return args.text("cell_activation") == "tanh" && !args.has("peephole") && !args.has("peephole_back") &&
         !args.has("clip");
}

std::optional<PreparedKernel> prepare(const Arguments& args, const KernelContext& context) {
  if (!is_usual(args)) return std::nullopt;
  const bool is_lstm = args.op().type == "lstm";
  const std::string direction = args.text("direction");
  std::vector<Direction> directions;
  PreparedKernel kernel;
  for (const char* suffix : {"", "_back"}) {
    const bool back = *suffix != '\0';
    if (back && direction != "bidirectional") break;
    const std::string names[] = {std::string("weight_ih") + suffix, std::string("weight_hh") + suffix,
                                 std::string("bias") + suffix};
    const auto in = matrix(args, names[0]);
    const auto hidden = matrix(args, names[1]);
    if (!in || !hidden || (args.has(names[2]) && !constant_tensor(args, names[2]))) return std::nullopt;
    kernel.absorbed.insert(std::begin(names), std::end(names));
    if (is_lstm)
      directions.push_back(
          {std::make_shared<LstmCell>(args, suffix, *in, *hidden, context.options.threads), false, false});
    else
      directions.push_back({std::make_shared<GruCell>(args, *in, *hidden, context.options.threads), false, false});
    directions.back().backward = back || direction == "reverse";
    directions.back().in_input_order = back;
  }
  const auto walk = std::make_shared<const Walk>(std::move(directions), is_lstm);
  kernel.run = [walk](const Arguments& a, Results& results) { walk->run(a, results); };
  return kernel;
}

}  // namespace

void register_kernel_recurrent(KernelTable& table);
void register_kernel_recurrent(KernelTable& table) {
  table.add({"lstm", prepare});
  table.add({"gru", prepare});
}

}  // namespace anemone
