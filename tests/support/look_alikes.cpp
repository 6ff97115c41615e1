// SPDX-License-Identifier: Apache-2.0
#include "look_alikes.h"

#include <cmath>

#include "axis_writer.h"
#include "base/error.h"

namespace anemone::test {
namespace {

// b batch, s and t positions, c and o channels, e experts, h heads, d channels of a head, n entries, y and x pixels.
const std::map<char, int64_t> kSizes = {{'b', 1}, {'s', 40}, {'t', 48}, {'c', 32}, {'o', 24}, {'e', 8},
                                        {'h', 4}, {'d', 8},  {'n', 64}, {'y', 12}, {'x', 10}};

class Maker {
 public:
  Maker(std::string name, unsigned seed) : w_(7, DType::kFloat32, seed, kSizes) { made_.name = std::move(name); }

  AxisWriter& w() { return w_; }
  Lettered input(const std::string& name, const std::string& axes) {
    made_.inputs[name] = w_.normal("input_" + name, w_.shape(axes), 1).tensor();
    return w_.input(name, DType::kFloat32, axes);
  }
  Lettered linear(const Lettered& x, char out, const std::string& name) {
    const char in = x.axes.back();
    const float width = 1.5F / std::sqrt(static_cast<float>(w_.size(in)));
    const std::string axes = x.axes.substr(0, x.axes.size() - 1) + out;
    return w_.add("linear", {{"x", x.id}, {"weight", w_.normal(name, {w_.size(out), w_.size(in)}, width)}}, axes);
  }
  Lettered softmax(const Lettered& x, char letter) {
    return w_.add("softmax", {{"x", x.id}, {"axis", x.axis(letter)}}, x.axes);
  }
  // A reduction that keeps the axis.
  Lettered reduced(const std::string& op, const Lettered& x, char letter) {
    std::string axes = x.axes;
    axes[static_cast<size_t>(x.axis(letter))] = '1';
    return w_.add(op, {{"x", x.id}, {"axes", {x.axis(letter)}}, {"keep_dims", true}}, axes);
  }
  LookAlike finish(const Lettered& y) {
    made_.program.functions["main"] = std::make_shared<const Function>(w_.builder().finish({y.id}));
    return std::move(made_);
  }

 private:
  AxisWriter w_;
  LookAlike made_;
};

LookAlike gated_mlp() {  // a softmax over channels gates the other half
  Maker m("gated MLP", 1);
  const Lettered x = m.input("x", "bsc");
  const Lettered gate = m.softmax(m.linear(x, 'c', "gate"), 'c');
  return m.finish(m.linear(m.w().binary("mul", gate, m.linear(x, 'c', "up")), 'c', "down"));
}

LookAlike channel_attention() {  // of all positions together, as in CBAM
  Maker m("channel attention", 2);
  const Lettered x = m.input("x", "bsc");
  const Lettered hidden = m.w().unary("relu", m.linear(m.reduced("reduce_mean", x, 's'), 'e', "squeeze"));
  return m.finish(m.linear(m.w().binary("mul", x, m.softmax(m.linear(hidden, 'c', "excite"), 'c')), 'o', "head"));
}

LookAlike pooling_over_time() {  // one learned score for each position
  Maker m("pooling over time", 3);
  const Lettered x = m.input("x", "bsc");
  const Lettered scores = m.w().reshaped(m.linear(m.w().unary("tanh", m.linear(x, 'c', "hidden")), '1', "score"), "bs");
  const Lettered p = m.w().reshaped(m.softmax(scores, 's'), "b1s");
  return m.finish(m.linear(m.w().matmul(p, x, false, false, "b1c"), 'o', "head"));
}

LookAlike mixture_of_experts() {
  Maker m("mixture of experts", 4);
  const Lettered x = m.input("x", "bsc");
  const Lettered p = m.softmax(m.linear(x, 'e', "router"), 'e');
  std::vector<Lettered> parts = m.w().split(p, 'e', std::vector<int64_t>(8, 1));
  Lettered sum;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Lettered expert = m.w().unary("relu", m.linear(x, 'c', "expert" + std::to_string(i)));
    const Lettered part = m.w().binary("mul", expert, parts[i]);
    sum = i == 0 ? part : m.w().binary("add", sum, part);
  }
  return m.finish({sum.id, "bsc"});
}

LookAlike linear_attention() {  // no softmax over keys; both factors are positive
  Maker m("linear attention", 5);
  AxisWriter& w = m.w();
  const Lettered x = m.input("x", "bsc");
  const auto heads = [&](const char* name) { return w.transposed(w.reshaped(m.linear(x, 'c', name), "bshd"), "bhsd"); };
  const Lettered q = w.unary("relu", heads("q"));
  const Lettered k = w.unary("relu", heads("k"));
  const Lettered context = w.matmul(k, heads("v"), true, false, "bhde");
  const Lettered total = w.reshaped(m.reduced("reduce_sum", k, 's'), "bhd1");
  const Lettered weights = w.binary("add", w.matmul(q, total, false, false, "bhs1"), 0.5F);
  const Lettered y = {w.binary("real_div", w.matmul(q, context, false, false, "bhsd"), weights).id, "bhsd"};
  return m.finish(m.linear(w.reshaped(w.transposed(y, "bshd"), "bsc"), 'o', "out"));
}

LookAlike sinkhorn() {  // rows and columns are normalised in turn
  Maker m("Sinkhorn", 6);
  AxisWriter& w = m.w();
  const Lettered a = m.linear(m.input("a", "bsc"), 'c', "a");
  const Lettered b = m.linear(m.input("b", "btc"), 'c', "b");
  Lettered p = m.softmax(w.binary("mul", w.matmul(a, b, false, true, "bst"), 0.2F), 't');
  for (int round = 0; round < 3; ++round)
    for (const char letter : {'s', 't'})
      p = {w.binary("real_div", p, w.binary("add", m.reduced("reduce_sum", p, letter), 1e-3F)).id, "bst"};
  return m.finish(m.linear(w.matmul(p, b, false, false, "bsc"), 'o', "out"));
}

LookAlike soft_argmax() {  // of each channel over all pixels, then the mean place
  Maker m("soft argmax", 7);
  AxisWriter& w = m.w();
  const Lettered image = m.input("image", "bcyx");
  const Lettered maps = w.add("conv", {{"x", image.id}, {"weight", w.normal("maps", {24, 32, 1, 1}, 0.3F)}}, "boyx");
  const Lettered flat = w.add("reshape", {{"x", maps.id}, {"shape", {1, 24, 120}}}, "bon");
  const Lettered p = m.softmax(flat, 'n');
  std::vector<float> places;
  for (int i = 0; i < 120; ++i) {
    places.push_back(static_cast<float>(i / 10) / 12);
    places.push_back(static_cast<float>(i % 10) / 10);
  }
  return m.finish(w.matmul(p, w.constant(floats({120, 2}, places), "n2"), false, false, "bo2"));
}

LookAlike ctc_head() {
  Maker m("CTC head", 8);
  const Lettered hidden = m.w().unary("gelu", m.linear(m.input("x", "bsc"), 'c', "hidden"));
  const Lettered p = m.softmax(m.linear(hidden, 'n', "labels"), 'n');
  return m.finish(m.w().transposed(p, "sbn"));
}

LookAlike additive_attention() {  // Bahdanau's: tanh of sums instead of a product
  Maker m("additive attention", 9);
  AxisWriter& w = m.w();
  const Lettered memory = m.input("memory", "btc");
  const Lettered state = m.linear(m.input("decoder", "b1c"), 'c', "query");
  const Lettered sums = w.binary("add", m.linear(memory, 'c', "keys"), state);
  const Lettered scores = m.linear(w.unary("tanh", sums), '1', "score");
  const Lettered p = m.softmax({scores.id, "bt1"}, 't');
  return m.finish(m.linear(w.matmul({p.id, "bt1"}, memory, true, false, "b1c"), 'o', "out"));
}

LookAlike normalised_by_sum() {  // an affinity that is divided by its sums
  Maker m("affinity", 10);
  AxisWriter& w = m.w();
  const Lettered x = m.input("x", "bsc");
  const Lettered a = w.unary("relu", w.matmul(m.linear(x, 'c', "a"), m.linear(x, 'c', "b"), false, true, "bst"));
  const Lettered rows = {w.binary("real_div", a, w.binary("add", m.reduced("reduce_sum", a, 't'), 1.0F)).id, "bst"};
  return m.finish(m.linear(w.matmul(rows, m.linear(x, 'c', "v"), false, false, "bsc"), 'o', "out"));
}

LookAlike codebook() {  // softly: distances to the entries of a table, then a mean of entries
  Maker m("codebook", 11);
  AxisWriter& w = m.w();
  const Lettered x = m.linear(m.input("x", "bsc"), 'c', "in");
  const Constant table = w.normal("codebook", w.shape("nc"), 1);
  const Lettered near = w.matmul(x, w.constant(table, "nc"), false, true, "bsn");
  const Lettered p = m.softmax(w.binary("mul", near, 0.5F), 'n');
  return m.finish(w.matmul(p, w.constant(table, "nc"), false, false, "bsc"));
}

}  // namespace

std::vector<LookAlike> look_alikes() {
  return {gated_mlp(),          channel_attention(), pooling_over_time(), mixture_of_experts(),
          linear_attention(),   sinkhorn(),          soft_argmax(),       ctc_head(),
          additive_attention(), normalised_by_sum(), codebook()};
}

}  // namespace anemone::test
