// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>

#include "base/error.h"
#include "ir/constant_steps.h"

namespace anemone {
namespace {

using Kind = InputMeaning::Kind;

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t bits() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t limit) { return static_cast<int64_t>(bits() % static_cast<uint64_t>(limit)); }
  // Close to the normal distribution, from exact sums only, so that every machine gives the same bits.
  double normal() {
    int64_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<int64_t>(bits() >> 43);
    return static_cast<double>(sum) / (1 << 21) - 6;
  }

 private:
  uint64_t state_;
};

enum class Case : uint8_t { kRandom, kPaddingButOne, kFull, kLowest, kHighest, kZeros, kExtremes, kShortest, kLongest };
constexpr std::array<std::pair<Case, const char*>, 8> kBoundaries = {{
    {Case::kPaddingButOne, "padding but one"},
    {Case::kFull, "no padding"},
    {Case::kLowest, "lowest ids"},
    {Case::kHighest, "highest ids"},
    {Case::kZeros, "zeros"},
    {Case::kExtremes, "extremes"},
    {Case::kShortest, "shortest"},
    {Case::kLongest, "longest"},
}};

bool is_flexible(const Function& function) {
  return std::any_of(function.input_features.begin(), function.input_features.end(), [](const Feature& feature) {
    const auto& ranges = feature.shape_ranges;
    return feature.enumerated_shapes.size() > 1 ||
           std::any_of(ranges.begin(), ranges.end(), [](const Feature::Range& r) { return r.lower != r.upper; });
  });
}

bool concerns(Case which, Kind kind) {
  switch (which) {
    case Case::kPaddingButOne:
    case Case::kFull:
      return kind == Kind::kMask || kind == Kind::kAdditiveMask;
    case Case::kLowest:
    case Case::kHighest:
      return kind == Kind::kIds;
    case Case::kZeros:
    case Case::kExtremes:
      return kind == Kind::kReal || kind == Kind::kPixels;
    default:
      return false;
  }
}

// The shapes of all inputs for one sample: the usual ones, the least, the largest, or random ones in the allowed range.
// Dimensions that are described alike (same range, same default) are taken to be the same length.
class Shapes {
 public:
  Shapes(const Function& function, Case which, bool usual, Random& random)
      : which_(which), usual_(usual), random_(random) {
    for (const Feature& feature : function.input_features) shapes_[feature.name] = choose(feature);
  }
  const ConcreteShape& of(const std::string& input) const { return shapes_.at(input); }

 private:
  ConcreteShape choose(const Feature& feature) {
    ConcreteShape shape = feature.shape.value_or(ConcreteShape{});
    if (usual_) return shape;
    if (feature.enumerated_shapes.size() > 1) return feature.enumerated_shapes.at(pick(feature));
    for (size_t i = 0; i < shape.size() && i < feature.shape_ranges.size(); ++i)
      shape[i] = length(feature.shape_ranges[i], shape[i]);
    return shape;
  }

  size_t pick(const Feature& feature) {
    const size_t count = feature.enumerated_shapes.size();
    if (!index_) index_ = static_cast<size_t>(random_.below(1'000'000));
    const auto volume = [&](size_t i) { return product(feature.enumerated_shapes[i]); };
    size_t best = 0;
    for (size_t i = 1; i < count; ++i)
      if (which_ == Case::kLongest ? volume(i) > volume(best) : volume(i) < volume(best)) best = i;
    return which_ == Case::kLongest || which_ == Case::kShortest ? best : *index_ % count;
  }

  int64_t length(const Feature::Range& range, int64_t usual) {
    const int64_t lower = std::max<int64_t>(1, range.lower);
    const int64_t upper = std::max(lower, range.upper < 0 ? std::max(usual, lower) + 16 : range.upper);
    if (lower == upper) return lower;
    const auto [entry, fresh] = lengths_.try_emplace({lower, upper, usual}, lower);
    if (which_ == Case::kLongest) return entry->second = upper;
    if (fresh && which_ != Case::kShortest) entry->second = lower + random_.below(upper - lower + 1);
    return entry->second;
  }

  Case which_;
  bool usual_;
  Random& random_;
  std::map<std::string, ConcreteShape> shapes_;
  std::map<std::tuple<int64_t, int64_t, int64_t>, int64_t> lengths_;
  std::optional<size_t> index_;
};

// Masks of the Neural Engine's form are (batch, keys, 1, queries).
bool has_keys_first(const ConcreteShape& shape) {
  return shape.size() == 4 && shape[2] == 1 && shape[1] > 1 && shape[1] >= shape[3];
}

// Fills one input.
class Filler {
 public:
  Filler(Case which, const InputMeaning& meaning, int call, Random& random)
      : case_(which), meaning_(meaning), call_(call), random_(random) {}

  Tensor pixels(const Feature& feature, const ConcreteShape& shape) {
    const bool grey = feature.color_space == 10 || feature.color_space == 40;
    Tensor tensor(DType::kUInt8, {shape.at(0), shape.at(1), grey ? 1 : 3});
    for (uint8_t& value : tensor.as<uint8_t>()) value = static_cast<uint8_t>(pixel());
    return tensor;
  }

  Tensor numbers(const ConcreteShape& shape, DType declared) {
    if (meaning_.kind == Kind::kAdditiveMask && has_keys_first(shape))
      return permuted(numbers({shape[0], shape[2], shape[3], shape[1]}, declared), {0, 3, 1, 2}, 1);
    Tensor tensor(is_float(declared) ? DType::kFloat32 : DType::kInt32, shape);
    const int64_t row = shape.empty() ? 1 : std::max<int64_t>(1, shape.back());
    const bool square = shape.size() >= 3 && shape[shape.size() - 2] == shape.back() && row > 1;
    with_element_type(tensor.dtype(), [&](auto example) {
      auto to = tensor.as<decltype(example)>();
      for (size_t i = 0; i < to.size(); ++i) {
        const auto column = static_cast<int64_t>(i) % row;
        if (column == 0) start_row(row, static_cast<int64_t>(i) / row, square);
        to[i] = static_cast<decltype(example)>(value(column));
      }
    });
    return tensor;
  }

 private:
  int64_t pixel() {
    if (case_ == Case::kZeros) return 0;
    return case_ == Case::kExtremes ? random_.below(2) * 255 : random_.below(256);
  }

  // A square mask hides what comes later; others hide the end of the row.
  void start_row(int64_t row, int64_t index, bool square) {
    visible_ = 1 + (square ? index % row : random_.below(row));
    if (case_ == Case::kPaddingButOne) visible_ = 1;
    if (case_ == Case::kFull) visible_ = row;
  }

  double value(int64_t column) {
    const int64_t limit = meaning_.limit > 0 ? meaning_.limit : 2;
    switch (meaning_.kind) {
      case Kind::kFlags:
        return static_cast<double>(random_.below(2));
      case Kind::kIds:
        if (case_ == Case::kLowest || case_ == Case::kHighest)
          return static_cast<double>(case_ == Case::kLowest ? 0 : limit - 1);
        return static_cast<double>(random_.below(limit));
      case Kind::kPositions:
        return static_cast<double>(meaning_.limit > 0 ? (call_ + column) % limit : call_ + column);
      case Kind::kMask:
        return column < visible_ ? 1 : 0;
      case Kind::kAdditiveMask:
        return column < visible_ ? 0 : -1e4;
      case Kind::kPixels:
        return static_cast<double>(pixel());
      case Kind::kTime:
        return static_cast<double>(random_.below(1000));
      case Kind::kReal:
        break;
    }
    if (case_ == Case::kZeros) return 0;
    return case_ == Case::kExtremes ? static_cast<double>(random_.below(2) * 6 - 3) : random_.normal();
  }

  Case case_;
  const InputMeaning& meaning_;
  int call_;
  Random& random_;
  int64_t visible_ = 1;
};

TensorMap make_call(const Function& function, const InputMeanings& meanings, Case which, const Shapes& shapes, int call,
                    Random& random) {
  TensorMap inputs;
  for (const Feature& feature : function.input_features) {
    const auto meaning = meanings.find(feature.name);
    if (meaning == meanings.end()) fail("input {}: nothing can be made up for it: --input gives it", feature.name);
    const bool concerned = concerns(which, meaning->second.kind);
    Filler filler(concerned ? which : Case::kRandom, meaning->second, call, random);
    inputs[feature.name] = feature.kind == Feature::Kind::kImage
                               ? filler.pixels(feature, shapes.of(feature.name))
                               : filler.numbers(shapes.of(feature.name), feature.dtype);
  }
  return inputs;
}

}  // namespace

std::vector<InputSample> make_samples(const Function& function, const InputMeanings& meanings,
                                      const SampleOptions& options) {
  const bool has_states = std::any_of(function.inputs.begin(), function.inputs.end(),
                                      [](const Output& input) { return input.type.is_state(); });
  const int calls = options.calls > 0 ? options.calls : has_states ? 3 : 1;
  std::vector<InputSample> samples;
  const auto add = [&](Case which, const std::string& name) {
    Random random(options.seed * 1'000'003 + samples.size());
    const bool by_shape = which == Case::kShortest || which == Case::kLongest;
    const Shapes shapes(function, which, !by_shape && (which != Case::kRandom || samples.empty()), random);
    InputSample& sample = samples.emplace_back();
    sample.name = name;
    for (int call = 0; call < calls; ++call)
      sample.calls.push_back(make_call(function, meanings, which, shapes, call, random));
  };
  for (int i = 0; i < options.random; ++i) add(Case::kRandom, fmt::format("random {}", i));
  if (!options.boundary) return samples;
  for (const auto& [which, name] : kBoundaries) {
    const bool by_shape = which == Case::kShortest || which == Case::kLongest;
    const bool concerned = by_shape ? is_flexible(function)
                                    : std::any_of(meanings.begin(), meanings.end(), [w = which](const auto& entry) {
                                        return concerns(w, entry.second.kind);
                                      });
    if (concerned) add(which, name);
  }
  return samples;
}

}  // namespace anemone
