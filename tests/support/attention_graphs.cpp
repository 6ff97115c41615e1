// SPDX-License-Identifier: Apache-2.0
#include "attention_graphs.h"

#include <algorithm>
#include <cmath>

#include "attention_heads.h"
#include "attention_parts.h"
#include "axis_writer.h"
#include "base/error.h"

namespace anemone::test {
namespace {

std::map<char, int64_t> sizes_of(const AttentionChoices& c) {
  const int64_t parts = c.cross ? 2 : 3;
  std::map<char, int64_t> sizes = {{'b', c.batch},
                                   {'s', c.queries},
                                   {'t', c.keys},
                                   {'c', c.width},
                                   {'m', c.memory_width},
                                   {'h', c.heads},
                                   {'k', c.key_heads},
                                   {'g', c.heads / c.key_heads},
                                   {'d', c.head_width},
                                   {'D', parts * c.head_width},
                                   {'p', parts},
                                   {'B', 13},
                                   {'V', 50},
                                   {'o', 24}};
  sizes['e'] = c.heads * c.head_width;
  sizes['f'] = c.key_heads * c.head_width;
  sizes['P'] = (c.cross ? 0 : sizes['e']) + 2 * sizes['f'];
  sizes['n'] = c.batch * c.heads;
  sizes['i'] = 2 * c.width;
  sizes['R'] = c.positions == Positions::kRotaryPart ? c.head_width / 2 : c.head_width;
  sizes['u'] = c.batch * c.queries;
  sizes['v'] = c.batch * c.keys;
  return sizes;
}

class Maker {
 public:
  explicit Maker(const AttentionChoices& choices)
      : c_(choices), w_(c_.opset, c_.dtype, c_.seed, sizes_of(c_)), h_(c_, w_), masks_(w_, c_) {}

  AttentionGraph make() {
    Lettered x = hidden_input("x", 's', 'c');
    const Lettered memory = c_.cross ? hidden_input("memory", 't', 'm') : Lettered{};
    masks_.make_inputs(result_.inputs);
    for (int layer = 0; layer < c_.layers; ++layer) {
      h_.set_layer(layer);
      x = block(x, memory);
    }
    if (w_.below(3) == 0) x = h_.project(x, 's', 'c', 'o', "head", 1);
    const bool has_halves = c_.opset > 5;
    if (!has_halves)
      x = w_.cast(x, DType::kFloat32);
    else if (w_.builder().ops().back()->id() != x.id)
      x = w_.unary("identity", x);
    w_.builder().rename(x.id, "y");
    result_.program.functions["main"] = std::make_shared<const Function>(w_.builder().finish({x.id}));
    return std::move(result_);
  }

 private:
  Lettered hidden_input(const std::string& name, char position, char channel) {
    std::mt19937 random(c_.seed + static_cast<unsigned char>(position));
    if (c_.embedding && name == "x") {
      Tensor ids(DType::kInt32, {c_.batch, c_.queries});
      for (int32_t& id : ids.as<int32_t>()) id = static_cast<int32_t>(random() % 50);
      result_.inputs["input_ids"] = ids;
      const Lettered rows = w_.input("input_ids", DType::kInt32, "bs");
      const Lettered found = w_.add(
          "gather", {{"x", w_.normal("embedding", w_.shape("Vc"), 1)}, {"indices", rows.id}, {"axis", 0}}, "bsc");
      return w_.reshaped(w_.transposed(found, h_.split_trunk('s', "c")), h_.trunk('s', 'c'));
    }
    const std::string axes = h_.trunk(position, channel);
    const Constant values = w_.normal(name, w_.shape(axes), 1);
    result_.inputs[name] = values.tensor();
    const bool half = c_.opset > 5 && w_.below(2);
    return w_.cast(w_.input(name, half ? c_.dtype : DType::kFloat32, axes), c_.dtype);
  }

  // ---- scores and softmax
  Lettered scaled(const Lettered& x, Scaling here) {
    if (c_.scaling != here && !(c_.scaling == Scaling::kBoth && (here == Scaling::kQueries || here == Scaling::kKeys)))
      return x;
    const float root = std::sqrt(static_cast<float>(c_.head_width));
    if (here == Scaling::kDivideScores) return w_.binary("real_div", x, root);
    return w_.binary("mul", x, c_.scaling == Scaling::kBoth ? 1 / std::sqrt(root) : 1 / root);
  }

  Lettered finished_scores(Lettered scores) {
    scores = scaled(scaled(scores, Scaling::kScores), Scaling::kDivideScores);
    result_.scores.push_back(w_.builder().ops().back()->outputs[0].name);
    return scores;
  }

  Lettered softmax(const Lettered& scores) {
    const int axis = scores.axis('t') - (w_.below(2) ? static_cast<int>(scores.axes.size()) : 0);
    const Lettered x = c_.island ? w_.cast(scores, DType::kFloat32) : scores;
    return w_.cast(w_.add("softmax", {{"x", x.id}, {"axis", axis}}, scores.axes), c_.dtype);
  }

  Lettered probabilities(Lettered scores) {
    if (scores.axes == "nst" && masks_.any())
      return softmax(w_.reshaped(masks_.apply(w_.reshaped(scores, "bhst"), 0), "nst"));
    return softmax(masks_.apply(scores, 0));
  }

  // q with heads h, k and v with heads k; the result has b, s, h and d in some order.
  Lettered attend(Heads heads) {
    if (c_.positions >= Positions::kRotaryHalves && c_.positions <= Positions::kRotaryPart) {
      heads.q = rotated(w_, heads.q, 's', c_.positions);
      heads.k = rotated(w_, heads.k, 't', c_.positions);
    }
    if (c_.product == Product::kFused) return fused(heads);
    heads.q = scaled(heads.q, Scaling::kQueries);
    heads.k = scaled(heads.k, Scaling::kKeys);
    if (c_.groups == Groups::kBroadcast && c_.key_heads != c_.heads) return grouped(heads);
    heads.k = h_.repeated(heads.k);
    heads.v = h_.repeated(heads.v);
    if (c_.product == Product::kRankThree) return rank_three(heads);
    const Lettered scores = finished_scores(scores_of(heads.q, heads.k));
    return context_of(probabilities(scores), heads.v);
  }

  Lettered scores_of(const Lettered& q, const Lettered& k) {
    const auto query = [&](const char* axes) { return w_.transposed(q, axes); };
    const auto key = [&](const char* axes) { return w_.transposed(k, axes); };
    switch (c_.product) {
      case Product::kMatmul:
        return w_.matmul(query("bhsd"), key("bhdt"), false, false, "bhst");
      case Product::kKeysFirst:
        if (w_.below(2)) return w_.matmul(key("bhtd"), query("bhds"), false, false, "bhts");
        return w_.matmul(key("bhtd"), query("bhsd"), false, true, "bhts");
      case Product::kTransposedQueries:
        return w_.matmul(query("bhds"), key("bhdt"), true, false, "bhst");
      case Product::kEinsum:
        return w_.einsum(q, k, w_.below(2) ? "bhst" : "bhts");
      default:
        return w_.matmul(query("bhsd"), key("bhtd"), false, true, "bhst");
    }
  }

  Lettered context_of(const Lettered& p, const Lettered& v) {
    if (c_.product == Product::kEinsum) return w_.einsum(p, v, w_.below(2) ? "bshd" : "bhsd");
    const bool keys_first = p.axes == "bhts";
    if (h_.channels_first() || w_.below(4) == 0)
      return w_.matmul(w_.transposed(v, "bhdt"), p, false, !keys_first, "bhds");
    return w_.matmul(p, w_.transposed(v, "bhtd"), keys_first, false, "bhsd");
  }

  // Heads of a group share keys and values by broadcasting.
  Lettered grouped(const Heads& heads) {
    Lettered context;
    if (c_.product == Product::kEinsum) {
      std::string axes = heads.q.axes;
      axes.replace(axes.find('h'), 1, "kg");
      const Lettered q = w_.reshaped(heads.q, axes);
      const Lettered scores = finished_scores(w_.einsum(q, heads.k, "bkgst"));
      context = w_.einsum(probabilities(scores), heads.v, "bskgd");
      return w_.reshaped(context, "bshd");
    }
    const Lettered q = w_.reshaped(w_.transposed(heads.q, "bhsd"), "bkgsd");
    const bool flag = c_.product == Product::kFlags;
    const Lettered k = flag ? w_.reshaped(w_.transposed(heads.k, "bktd"), "bk1td")
                            : w_.reshaped(w_.transposed(heads.k, "bkdt"), "bk1dt");
    const Lettered scores = finished_scores(w_.matmul(q, k, false, flag, "bkgst"));
    const Lettered v = w_.reshaped(w_.transposed(heads.v, "bktd"), "bk1td");
    context = w_.matmul(probabilities(scores), v, false, false, "bkgsd");
    return w_.reshaped(context, "bhsd");
  }

  Lettered rank_three(const Heads& heads) {
    const auto flat = [&](const Lettered& x, char position) {
      const std::string at(1, position);
      if (c_.trunk == Trunk::kPositionsFirst)  // what torch's own attention module does
        return w_.transposed(w_.reshaped(w_.transposed(x, at + "bhd"), at + "nd"), "n" + at + "d");
      return w_.reshaped(w_.transposed(x, "bh" + at + "d"), "n" + at + "d");
    };
    const Lettered q = flat(heads.q, 's');
    const Lettered k = flat(heads.k, 't');
    const Lettered v = flat(heads.v, 't');
    const Lettered scores =
        w_.below(2) ? w_.matmul(q, w_.transposed(k, "ndt"), false, false, "nst") : w_.matmul(q, k, false, true, "nst");
    const Lettered context = w_.matmul(probabilities(finished_scores(scores)), v, false, false, "nsd");
    return w_.reshaped(context, "bhsd");
  }

  Lettered fused(const Heads& heads) {
    std::vector<Arg> args = {{"query", w_.transposed(heads.q, "bhsd").id},
                             {"key", w_.transposed(h_.repeated(heads.k), "bhtd").id},
                             {"value", w_.transposed(h_.repeated(heads.v), "bhtd").id}};
    if (masks_.any()) args.push_back({"attn_mask", masks_.joined().id});
    return w_.add("scaled_dot_product_attention", args, "bhsd");
  }

  // Each head by itself, its channels a part of axis 1.
  Lettered by_heads(const Heads& heads) {
    const std::vector<int64_t> widths(static_cast<size_t>(c_.heads), c_.head_width);
    const std::vector<int64_t> key_widths(static_cast<size_t>(c_.key_heads), c_.head_width);
    const auto apart = [&](const Lettered& x, char channels, const std::vector<int64_t>& sizes) {
      std::vector<Lettered> parts;
      if (sizes.size() == 1) return std::vector{x.renamed(channels, 'd')};
      for (const Lettered& part : w_.split(x, channels, sizes)) parts.push_back(part.renamed(channels, 'd'));
      return parts;
    };
    const auto q = apart(scaled(heads.q, Scaling::kQueries), 'e', widths);
    auto k = apart(scaled(heads.k, Scaling::kKeys), 'f', key_widths);
    const auto v = apart(heads.v, 'f', key_widths);
    for (Lettered& key : k) key = w_.transposed(rotated(w_, key, 't', c_.positions), "bt1d");
    std::vector<Lettered> contexts;
    for (size_t head = 0; head < q.size(); ++head) {
      const size_t group = head / static_cast<size_t>(w_.size('g'));
      const Lettered query = rotated(w_, q[head], 's', c_.positions);
      const Lettered scores = finished_scores(w_.einsum(query, k[group], "bt1s"));
      const Lettered p = softmax(masks_.apply(scores, static_cast<int64_t>(head)));
      contexts.push_back(w_.einsum(p, v[group], "bd1s"));
    }
    if (contexts.size() == 1) return contexts[0].renamed('d', 'e');
    return w_.concat(contexts, 'd').renamed('d', 'e');
  }

  // ---- what stands around an attention
  Lettered norm(const Lettered& x, const std::string& name) {
    const int axis = x.axis('c');
    const Constant gain = w_.normal(h_.named(name) + "_gain", w_.shape("c"), 0.1F, 1);
    if (c_.norm != Norm::kRootMeanSquare)
      return w_.add("layer_norm",
                    {{"x", x.id},
                     {"axes", {axis}},
                     {"gamma", gain},
                     {"beta", w_.normal(h_.named(name) + "_shift", w_.shape("c"), 0.1F)},
                     {"epsilon", Constant::of(1e-5F, c_.dtype)}},
                    x.axes);
    const Lettered squares = w_.below(2) ? w_.unary("square", x) : w_.binary("mul", x, x);
    const Lettered mean = w_.add("reduce_mean", {{"x", squares.id}, {"axes", {axis}}, {"keep_dims", true}}, x.axes);
    const Lettered scale =
        w_.add("rsqrt", {{"x", w_.binary("add", mean, 1e-5F).id}, {"epsilon", Constant::of(1e-12F, c_.dtype)}}, x.axes);
    const Lettered gains =
        h_.channels_first() ? w_.constant(gain.reshaped({c_.width, 1, 1}), "c11") : w_.constant(gain, "c");
    return {w_.binary("mul", w_.binary("mul", x, scale), gains).id, x.axes};
  }

  Lettered residual(const Lettered& x, const Lettered& change) {
    return c_.residual ? w_.binary("add", x, change) : change;
  }

  Lettered attention(const Lettered& x, const Lettered& memory) {
    const Heads heads = h_.heads_of(x, memory);
    if (c_.product == Product::kPerHead) return h_.project(by_heads(heads), 's', 'e', 'c', "out", 1);
    const Lettered context = w_.transposed(attend(heads), h_.split_trunk('s', "hd"));
    return h_.project(w_.reshaped(context, h_.trunk('s', 'e')), 's', 'e', 'c', "out", 1);
  }

  Lettered block(const Lettered& input, const Lettered& memory) {
    const bool before = c_.norm == Norm::kLayerBefore || c_.norm == Norm::kRootMeanSquare;
    Lettered x = residual(input, attention(before ? norm(input, "norm1") : input, memory));
    if (c_.norm == Norm::kLayerAfter) x = norm(x, "norm1");
    if (!c_.mlp) return x;
    const Lettered inner = h_.project(before ? norm(x, "norm2") : x, 's', 'c', 'i', "up", 1);
    return residual(x, h_.project(w_.unary(w_.below(2) ? "gelu" : "relu", inner), 's', 'i', 'c', "down", 1));
  }

  AttentionChoices c_;
  AxisWriter w_;
  HeadsWriter h_;
  ScoreMasks masks_;
  AttentionGraph result_;
};

}  // namespace

AttentionGraph make_attention(const AttentionChoices& choices) { return Maker(choices).make(); }

}  // namespace anemone::test
