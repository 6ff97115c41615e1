// SPDX-License-Identifier: Apache-2.0
#include "compress/palette.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"

namespace anemone {
namespace {

constexpr int kHalves = 1 << 16;
constexpr int kFiniteHalves = 0x7C00;  // of one sign

// Finite halves from the lowest to the highest.
template <typename F>
void for_each_half(F f) {
  for (int i = kFiniteHalves - 1; i >= 0; --i) f(static_cast<uint16_t>(0x8000 | i));
  for (int i = 0; i < kFiniteHalves; ++i) f(static_cast<uint16_t>(i));
}

void append(Points& points, double value, double weight) {
  if (!(weight > 0)) return;
  if (!points.values.empty() && points.values.back() == value) {
    points.weights.back() += weight;
    return;
  }
  points.values.push_back(value);
  points.weights.push_back(weight);
}

// How much an element counts: 0 when it is pruned.
class Weights {
 public:
  Weights(const Draft& draft, const Importance& importance) : draft_(draft), importance_(importance) {
    if (importance.empty()) return;
    for (size_t i = static_cast<size_t>(draft.input_axis) + 1; i < draft.shape().size(); ++i)
      inner_ *= draft.shape()[i];
  }
  bool all_equal() const { return importance_.empty() && draft_.kept.empty(); }
  double operator()(int64_t i) const {
    if (!draft_.is_kept(i)) return 0;
    if (importance_.empty()) return 1;
    return importance_[static_cast<size_t>(i / inner_) % importance_.size()];
  }

 private:
  const Draft& draft_;
  const Importance& importance_;
  int64_t inner_ = 1;
};

// Calls f(begin, end, part) for pieces of the cell, on several threads when it is the whole tensor. The pieces do not
// depend on the number of threads; `parts` are at most kParts.
constexpr int kParts = 4;
template <typename F>
void for_each_piece(const Draft& draft, const Grid& grid, int64_t cell, F f) {
  if (grid.cells() > 1) return grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) { f(begin, end, 0); });
  const int64_t grain = std::max(kChunk, (draft.size() + kParts - 1) / kParts);
  parallel_for(draft.threads, draft.size(), grain,
               [&](int64_t begin, int64_t end) { f(begin, end, static_cast<int>(begin / grain)); });
}

// Values of the cell divided by their scales, in pieces of at most kChunk: f(values, begin, count).
template <typename F>
void for_each_scaled(const Draft& draft, int64_t begin, int64_t end, F f) {
  std::vector<float> values(static_cast<size_t>(std::min(end - begin, kChunk)));
  for (int64_t from = begin; from < end; from += kChunk) {
    const int64_t until = std::min(end, from + kChunk);
    draft.read(from, until, values.data());
    if (draft.scaling) {
      Grid(draft.shape(), draft.scaling->grid).for_each_run(from, until, [&](int64_t a, int64_t b, int64_t at) {
        const float scale = draft.scaling->scales[static_cast<size_t>(at)];
        for (int64_t i = a; i < b; ++i) values[static_cast<size_t>(i - from)] /= scale;
      });
      round_to(draft.dtype(), values.data(), static_cast<size_t>(until - from));
    }
    f(values.data(), from, until - from);
  }
}

// The same of a draft of halves, as their bits.
template <typename F>
void for_each_scaled_half(const Draft& draft, int64_t begin, int64_t end, F f) {
  if (!draft.scaling) return f(draft.source.as<uint16_t>().data() + begin, begin, end - begin);
  std::vector<uint16_t> halves(static_cast<size_t>(std::min(end - begin, kChunk)));
  for_each_scaled(draft, begin, end, [&](const float* values, int64_t from, int64_t count) {
    float_to_half(values, halves.data(), static_cast<size_t>(count));
    f(halves.data(), from, count);
  });
}

template <typename Count>
Points half_points(const Draft& draft, const Grid& grid, int64_t cell, const Weights& weights) {
  std::vector<std::vector<Count>> counts(grid.cells() > 1 ? 1 : kParts);
  for_each_piece(draft, grid, cell, [&](int64_t begin, int64_t end, int part) {
    auto& count = counts[static_cast<size_t>(part)];
    if (count.empty()) count.resize(kHalves, 0);
    for_each_scaled_half(draft, begin, end, [&](const uint16_t* halves, int64_t from, int64_t size) {
      if (weights.all_equal())
        for (int64_t i = 0; i < size; ++i) ++count[halves[i]];
      else
        for (int64_t i = 0; i < size; ++i) count[halves[i]] += static_cast<Count>(weights(from + i));
    });
  });
  for (size_t part = 1; part < counts.size(); ++part)
    for (size_t i = 0; i < counts[part].size(); ++i) counts[0][i] += counts[part][i];
  Points points;
  for_each_half([&](uint16_t half) {
    if (counts[0][half] != 0) append(points, half_to_float(half), static_cast<double>(counts[0][half]));
  });
  return points;
}

Points sorted_points(const Draft& draft, const Grid& grid, int64_t cell, const Weights& weights) {
  std::vector<std::pair<float, double>> all;
  all.reserve(static_cast<size_t>(grid.cell_size()));
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    for_each_scaled(draft, begin, end, [&](const float* values, int64_t from, int64_t count) {
      for (int64_t i = 0; i < count; ++i) all.emplace_back(values[i], weights(from + i));
    });
  });
  std::sort(all.begin(), all.end());
  Points points;
  for (const auto& [value, weight] : all) append(points, value, weight);
  return points;
}

// The power of two that brings the values into the range of fp16 with all its precision.
float bin_factor(const Draft& draft, const Grid& grid, int64_t cell) {
  float largest = 0;
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    for_each_scaled(draft, begin, end, [&](const float* values, int64_t, int64_t count) {
      for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(values[i]));
    });
  });
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.0F, std::clamp(15 - exponent, -126, 126));
}

Points binned_points(const Draft& draft, const Grid& grid, int64_t cell, const Weights& weights) {
  struct Bin {
    double weight = 0, sum = 0;
  };
  std::vector<Bin> bins(kHalves);
  const float factor = bin_factor(draft, grid, cell);
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    for_each_scaled(draft, begin, end, [&](const float* values, int64_t from, int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        Bin& bin = bins[float_to_half(values[i] * factor)];
        const double weight = weights(from + i);
        bin.weight += weight;
        bin.sum += weight * values[i];
      }
    });
  });
  Points points;
  for_each_half([&](uint16_t half) {
    if (bins[half].weight > 0) append(points, bins[half].sum / bins[half].weight, bins[half].weight);
  });
  return points;
}

uint8_t code_of(double value, const std::vector<double>& limits) {
  size_t code = 0;
  for (size_t step = limits.size() / 2; step > 0; step /= 2) code += value > limits[code + step - 1] ? step : 0;
  return static_cast<uint8_t>(code);
}

// Rounded once: what a float cannot hold still says on which side of a tie the value lies.
float rounded_once(DType dtype, double value) {
  auto result = static_cast<float>(value);
  if (dtype == DType::kFloat16 && static_cast<double>(result) != value) {
    if (std::fabs(static_cast<double>(result)) > std::fabs(value)) result = std::nextafter(result, 0.0F);
    result = std::bit_cast<float>(std::bit_cast<uint32_t>(result) | 1U);
  }
  return stored_as(dtype, result);
}

}  // namespace

Points points_of(const Draft& draft, const Grid& grid, int64_t cell, const Importance& importance) {
  const Weights weights(draft, importance);
  if (draft.dtype() == DType::kFloat16)
    return importance.empty() ? half_points<uint32_t>(draft, grid, cell, weights)
                              : half_points<double>(draft, grid, cell, weights);
  if (grid.cell_size() <= kHalves) return sorted_points(draft, grid, cell, weights);
  return binned_points(draft, grid, cell, weights);
}

Table table_of(const std::vector<double>& centers, int bits, DType dtype) {
  const size_t size = size_t{1} << bits;
  Table table;
  for (const double center : centers) table.entries.push_back(rounded_once(dtype, center));
  table.entries.resize(size, table.entries.empty() ? 0 : table.entries.back());
  table.limits.assign(size, std::numeric_limits<double>::infinity());
  for (size_t i = 0; i + 1 < centers.size(); ++i) table.limits[i] = (centers[i] + centers[i + 1]) / 2;
  return table;
}

void assign_codes(Draft& draft, const Grid& grid, int64_t cell, const Points& points,
                  const std::vector<double>& limits) {
  if (draft.dtype() != DType::kFloat16)
    return for_each_piece(draft, grid, cell, [&](int64_t begin, int64_t end, int) {
      for_each_scaled(draft, begin, end, [&](const float* values, int64_t from, int64_t count) {
        for (int64_t i = 0; i < count; ++i) draft.codes[static_cast<size_t>(from + i)] = code_of(values[i], limits);
      });
    });
  std::vector<uint8_t> codes(kHalves);  // of each half that occurs
  for (const double value : points.values) {
    const uint8_t code = code_of(value, limits);
    codes[float_to_half(static_cast<float>(value))] = code;
    if (value == 0) codes[0x0000] = codes[0x8000] = code;
  }
  for_each_piece(draft, grid, cell, [&](int64_t begin, int64_t end, int) {
    for_each_scaled_half(draft, begin, end, [&](const uint16_t* halves, int64_t from, int64_t count) {
      for (int64_t i = 0; i < count; ++i) draft.codes[static_cast<size_t>(from + i)] = codes[halves[i]];
    });
  });
}

}  // namespace anemone
