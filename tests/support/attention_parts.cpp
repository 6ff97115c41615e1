// SPDX-License-Identifier: Apache-2.0
#include "attention_parts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace anemone::test {
namespace {

std::string without_units(const std::string& axes) {
  std::string result;
  for (const char letter : axes)
    if (letter != '1') result += letter;
  return result;
}

// cos or sin of each position and channel, in the order of the axes of x.
Lettered turns(AxisWriter& w, const Lettered& x, char position, bool cosine, bool pairs, int64_t width) {
  std::string axes;
  for (const char letter : x.axes) axes += letter == position ? letter : letter == 'd' ? 'R' : '1';
  while (axes.size() > 2 && axes[0] == '1') axes.erase(0, 1);
  return w.table(axes, [&](const std::map<char, int64_t>& at) {
    const int64_t channel = at.at('R');
    const int64_t pair = pairs ? channel / 2 : channel % (width / 2);
    const double angle = static_cast<double>(at.at(position)) *
                         std::pow(100.0, -2.0 * static_cast<double>(pair) / static_cast<double>(width));
    return static_cast<float>(cosine ? std::cos(angle) : std::sin(angle));
  });
}

Lettered quarter_turn(AxisWriter& w, const Lettered& x, bool pairs, int64_t width) {
  const auto minus = [&](const Lettered& part) { return w.binary("mul", part, -1.0F); };
  if (!pairs) {
    const auto halves = w.below(2) ? w.split(x, 'd', {width / 2, width / 2})
                                   : std::vector{w.slice(x, 'd', 0, width / 2), w.slice(x, 'd', width / 2, width)};
    return w.concat({minus(halves[1]), halves[0]}, 'd');
  }
  const Lettered even = w.slice(x, 'd', 0, width, 2);
  const Lettered odd = w.slice(x, 'd', 1, width, 2);
  std::string axes = x.axes;
  const int axis = x.axis('d') + 1;
  axes.insert(static_cast<size_t>(axis), "2");
  const Lettered stacked =
      w.add("stack", {{"values", std::vector<ValueId>{minus(odd).id, even.id}}, {"axis", axis}}, axes);
  ConcreteShape shape;
  for (const Dim& dim : w.builder().type(x.id).shape) shape.push_back(dim.value());
  return w.add("reshape", {{"x", stacked.id}, {"shape", std::vector<int32_t>(shape.begin(), shape.end())}}, x.axes);
}

Lettered turned(AxisWriter& w, const Lettered& x, char position, bool pairs, int64_t width) {
  const Lettered straight = w.binary("mul", x, turns(w, x, position, true, pairs, width));
  const Lettered across = w.binary("mul", quarter_turn(w, x, pairs, width), turns(w, x, position, false, pairs, width));
  return {w.binary("add", straight, across).id, x.axes};
}

}  // namespace

Lettered rotated(AxisWriter& w, const Lettered& x, char position, Positions positions) {
  const int64_t width = w.size('d');
  if (positions == Positions::kRotaryHalves) return turned(w, x, position, false, width);
  if (positions == Positions::kRotaryPairs) return turned(w, x, position, true, width);
  if (positions != Positions::kRotaryPart) return x;
  const int64_t part = w.size('R');
  return w.concat({turned(w, w.slice(x, 'd', 0, part), position, false, part), w.slice(x, 'd', part, width)}, 'd');
}

bool ScoreMasks::any() const {
  return c_.causal != Causal::kNone || c_.key_mask != KeyMask::kNone || c_.positions >= Positions::kBias;
}

void ScoreMasks::make_inputs(TensorMap& inputs) {
  if (c_.key_mask == KeyMask::kNone) return;
  std::mt19937 random(c_.seed + 1);
  const auto keeps = [&random](int64_t key) { return key == 0 || random() % 10 < 6; };
  const bool full = c_.key_mask == KeyMask::kFullAdded;
  if (!full && c_.key_mask != KeyMask::kFloatAdded) {
    Tensor values(DType::kInt32, {c_.batch, c_.keys});
    for (int64_t i = 0; i < values.size(); ++i) values.as<int32_t>()[static_cast<size_t>(i)] = keeps(i % c_.keys);
    inputs["attention_mask"] = values;
    mask_ = w_.input("attention_mask", DType::kInt32, "bt");
    return;
  }
  const std::string axes = full ? "b1st" : "b11t";
  Tensor values(DType::kFloat32, w_.shape(axes));
  const float hidden = std::max(c_.hidden, -3e4F);
  for (int64_t i = 0; i < values.size(); ++i)
    values.as<float>()[static_cast<size_t>(i)] = keeps(i % c_.keys) ? 0 : hidden;
  inputs["attention_mask"] = values;
  mask_ = w_.cast(w_.input("attention_mask", c_.opset > 5 ? w_.dtype() : DType::kFloat32, axes), w_.dtype());
}

// x with its letters where `axes` has them, and size 1 elsewhere.
Lettered ScoreMasks::fit(const Lettered& x, const std::string& axes) {
  std::string order;
  std::string wanted;
  for (const char letter : axes) {
    const bool has = letter != '1' && x.axes.find(letter) != std::string::npos;
    if (has) order += letter;
    wanted += has ? letter : '1';
  }
  if (wanted.size() == x.axes.size() && wanted == x.axes) return x;
  const std::string kept = without_units(x.axes);
  if (kept == order && x.axes.size() == axes.size() && wanted == x.axes) return x;
  return w_.reshaped(w_.transposed(w_.reshaped(x, kept), order), wanted);
}

Lettered ScoreMasks::position_bias(int64_t head, bool has_heads) {
  const auto value = [&](int64_t h, int64_t s, int64_t t) {
    const auto distance = static_cast<float>(std::min<int64_t>(std::abs(s - t), 12));
    return 2.5F * std::sin(0.9F * distance + static_cast<float>(h)) - 0.2F * distance;
  };
  if (!has_heads) return w_.table("st", [&](const auto& at) { return value(head, at.at('s'), at.at('t')); });
  if (c_.positions == Positions::kAlibi) {
    const Lettered slopes = w_.table("h11", [](const auto& at) { return 0.06F / static_cast<float>(1 + at.at('h')); });
    const Lettered distances =
        w_.table("st", [](const auto& at) { return static_cast<float>(at.at('t') - at.at('s')); });
    return w_.binary("mul", slopes, distances);
  }
  if (c_.positions == Positions::kBias)
    return w_.table("hst", [&](const auto& at) { return value(at.at('h'), at.at('s'), at.at('t')); });
  std::vector<int32_t> buckets;
  for (int64_t s = 0; s < c_.queries; ++s)
    for (int64_t t = 0; t < c_.keys; ++t)
      buckets.push_back(static_cast<int32_t>(std::min<int64_t>(std::abs(s - t), 12)));
  const Lettered table = w_.table("Bh", [&](const auto& at) { return value(at.at('h'), at.at('B'), 0); });
  const Lettered rows =
      w_.add("gather", {{"x", table.id}, {"indices", ints(w_.shape("st"), buckets)}, {"axis", 0}}, "sth");
  return w_.transposed(rows, "hst");
}

Lettered ScoreMasks::causal_flags(const std::string& axes) {
  if (c_.causal == Causal::kBandSelected) return fit(w_.cast(causal_band(), DType::kBool), axes);
  if (c_.causal == Causal::kCompared) {
    std::vector<int32_t> at;
    for (int32_t i = 0; i < c_.keys; ++i) at.push_back(i);
    const Lettered keys = w_.constant(ints({1, c_.keys}, at), "1t");
    const Lettered queries = w_.constant(ints({c_.queries, 1}, at), "s1");
    return fit({w_.binary("less_equal", keys, queries).id, "st"}, axes);
  }
  std::vector<bool> flags;
  for (int64_t s = 0; s < c_.queries; ++s)
    for (int64_t t = 0; t < c_.keys; ++t) flags.push_back(t <= s);
  return fit(w_.constant(bools(w_.shape("st"), flags), "st"), axes);
}

Lettered ScoreMasks::causal_band() {
  const Lettered ones = w_.add("fill",
                               {{"shape", {static_cast<int32_t>(c_.queries), static_cast<int32_t>(c_.keys)}},
                                {"value", Constant::of(1.0F, w_.dtype())}},
                               "st");
  return w_.add("band_part", {{"x", ones.id}, {"lower", -1}, {"upper", 0}}, "st");
}

Lettered ScoreMasks::key_flags(const std::string& axes) {
  if (w_.below(2)) return w_.cast(fit(mask_, axes), DType::kBool);
  return fit(w_.add("not_equal", {{"x", mask_.id}, {"y", 0}}, mask_.axes), axes);
}

Lettered ScoreMasks::hidden_where_not(const Lettered& flags) {
  return w_.add("select",
                {{"cond", flags.id}, {"a", Constant::of(0.0F, w_.dtype())}, {"b", Constant::of(c_.hidden, w_.dtype())}},
                flags.axes);
}

Lettered ScoreMasks::select(const Lettered& flags, const Lettered& scores) {
  if (w_.below(3) == 0) {
    const Lettered hides = w_.unary("logical_not", flags);
    return w_.add("select", {{"cond", hides.id}, {"a", Constant::of(c_.hidden, w_.dtype())}, {"b", scores.id}},
                  scores.axes);
  }
  return w_.add("select", {{"cond", flags.id}, {"a", scores.id}, {"b", Constant::of(c_.hidden, w_.dtype())}},
                scores.axes);
}

// scores * keep + (1 - keep) * hidden
Lettered ScoreMasks::times_and_shifted(const Lettered& scores, const Lettered& keep) {
  const Lettered hides = w_.add("sub", {{"x", Constant::of(1.0F, w_.dtype())}, {"y", keep.id}}, keep.axes);
  const Lettered kept = w_.binary("mul", scores, keep);
  return {w_.binary("add", kept, w_.binary("mul", hides, c_.hidden)).id, scores.axes};
}

Lettered ScoreMasks::with_causal(const Lettered& scores) {
  switch (c_.causal) {
    case Causal::kNone:
      return scores;
    case Causal::kAdded: {
      const float hidden = c_.hidden;
      const Lettered mask =
          w_.table("st", [hidden](const auto& at) { return at.at('t') <= at.at('s') ? 0.0F : hidden; });
      return {w_.binary("add", scores, fit(mask, scores.axes)).id, scores.axes};
    }
    case Causal::kBandAdded: {
      const Lettered hides = w_.add("sub", {{"x", Constant::of(1.0F, w_.dtype())}, {"y", causal_band().id}}, "st");
      const Lettered mask = w_.binary("mul", hides, c_.hidden);
      return {w_.binary("add", scores, fit(mask, scores.axes)).id, scores.axes};
    }
    case Causal::kMultiplied: {
      const Lettered keep = w_.table("st", [](const auto& at) { return at.at('t') <= at.at('s') ? 1.0F : 0.0F; });
      return times_and_shifted(scores, fit(keep, scores.axes));
    }
    case Causal::kSelected:
    case Causal::kBandSelected:
    case Causal::kCompared:
      return select(causal_flags(scores.axes), scores);
  }
  return scores;
}

Lettered ScoreMasks::with_key_mask(const Lettered& scores) {
  const auto added = [&](const Lettered& mask) {
    return Lettered{w_.binary("add", scores, fit(mask, scores.axes)).id, scores.axes};
  };
  switch (c_.key_mask) {
    case KeyMask::kNone:
      return scores;
    case KeyMask::kIntegerAdded: {
      const Lettered keep = fit(w_.cast(mask_, w_.dtype()), scores.axes);
      const Lettered hides = w_.add("sub", {{"x", Constant::of(1.0F, w_.dtype())}, {"y", keep.id}}, keep.axes);
      return added(w_.binary("mul", hides, c_.hidden));
    }
    case KeyMask::kMultiplied:
      return times_and_shifted(scores, fit(w_.cast(mask_, w_.dtype()), scores.axes));
    case KeyMask::kBoolSelected:
      return select(key_flags(scores.axes), scores);
    case KeyMask::kFloatAdded:
    case KeyMask::kFullAdded:
      return added(mask_);
    case KeyMask::kJoined:
      return select(w_.binary("logical_and", key_flags(scores.axes), causal_flags(scores.axes)), scores);
  }
  return scores;
}

Lettered ScoreMasks::apply(Lettered scores, int64_t head) {
  const bool by_groups = scores.axes.find('g') != std::string::npos;
  const bool has_heads = by_groups || scores.axes.find('h') != std::string::npos;
  if (c_.positions >= Positions::kBias) {
    Lettered bias = position_bias(head, has_heads);
    if (by_groups) bias = w_.reshaped(bias, "kgst");
    scores = {w_.binary("add", scores, fit(bias, scores.axes)).id, scores.axes};
  }
  if (c_.key_mask != KeyMask::kJoined) scores = with_causal(scores);
  return with_key_mask(scores);
}

Lettered ScoreMasks::joined() {
  const std::string axes = "bhst";
  std::vector<Lettered> flags;
  std::vector<Lettered> added;
  if (c_.positions >= Positions::kBias) added.push_back(fit(position_bias(0, true), axes));
  if (c_.causal == Causal::kAdded || c_.causal == Causal::kBandAdded) {
    const Lettered zeros = w_.table("11st", [](const auto&) { return 0.0F; });
    added.push_back(with_causal(zeros));
  } else if (c_.causal != Causal::kNone) {
    flags.push_back(causal_flags(axes));
  }
  if (c_.key_mask == KeyMask::kFloatAdded || c_.key_mask == KeyMask::kFullAdded)
    added.push_back(fit(mask_, axes));
  else if (c_.key_mask == KeyMask::kIntegerAdded)
    added.push_back(hidden_where_not(key_flags(axes)));
  else if (c_.key_mask != KeyMask::kNone)
    flags.push_back(key_flags(axes));
  while (flags.size() > 1) {
    flags[0] = w_.binary("logical_and", flags[0], flags.back());
    flags.pop_back();
  }
  if (added.empty()) return flags.empty() ? Lettered{} : flags[0];
  if (!flags.empty()) added.push_back(hidden_where_not(flags[0]));
  Lettered mask = added[0];
  for (size_t i = 1; i < added.size(); ++i) mask = w_.binary("add", mask, added[i]);
  return mask;
}

}  // namespace anemone::test
