// SPDX-License-Identifier: Apache-2.0
#include "compress/palette.h"

#include <algorithm>
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

bool is_plain_half(const Draft& draft) { return draft.dtype() == DType::kFloat16 && !draft.scaling; }

template <typename Count>
Points half_points(const Draft& draft, const Grid& grid, int64_t cell, const Weights& weights) {
  const uint16_t* halves = draft.source.as<uint16_t>().data();
  std::vector<std::vector<Count>> counts(grid.cells() > 1 ? 1 : kParts);
  for_each_piece(draft, grid, cell, [&](int64_t begin, int64_t end, int part) {
    auto& count = counts[static_cast<size_t>(part)];
    if (count.empty()) count.resize(kHalves, 0);
    if (weights.all_equal())
      for (int64_t i = begin; i < end; ++i) ++count[halves[i]];
    else
      for (int64_t i = begin; i < end; ++i) count[halves[i]] += static_cast<Count>(weights(i));
  });
  for (size_t part = 1; part < counts.size(); ++part)
    for (size_t i = 0; i < counts[part].size(); ++i) counts[0][i] += counts[part][i];
  Points points;
  for_each_half([&](uint16_t half) {
    if (counts[0][half] != 0) append(points, half_to_float(half), static_cast<double>(counts[0][half]));
  });
  return points;
}

// Values of the cell divided by their scales, in pieces of at most kChunk: f(values, begin, count).
template <typename F>
void for_each_scaled(const Draft& draft, int64_t begin, int64_t end, F f) {
  std::vector<float> values(static_cast<size_t>(std::min(end - begin, kChunk)));
  for (int64_t from = begin; from < end; from += kChunk) {
    const int64_t until = std::min(end, from + kChunk);
    draft.read(from, until, values.data());
    if (draft.scaling)
      Grid(draft.shape(), draft.scaling->grid).for_each_run(from, until, [&](int64_t a, int64_t b, int64_t at) {
        const float scale = draft.scaling->scales[static_cast<size_t>(at)];
        for (int64_t i = a; i < b; ++i) values[static_cast<size_t>(i - from)] /= scale;
      });
    f(values.data(), from, until - from);
  }
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

// Calls f(entry, point) with the entry next to each point, ties going to the lower one.
template <typename F>
void for_each_nearest(const Points& points, const std::vector<float>& table, F f) {
  size_t entry = 0;
  for (size_t i = 0; i < points.values.size(); ++i) {
    while (entry + 1 < table.size() && points.values[i] > (static_cast<double>(table[entry]) + table[entry + 1]) / 2)
      ++entry;
    f(entry, i);
  }
}

double cost_of(const Points& points, const std::vector<float>& table) {
  double cost = 0;
  for_each_nearest(points, table, [&](size_t entry, size_t i) {
    const double difference = points.values[i] - table[entry];
    cost += points.weights[i] * difference * difference;
  });
  return cost;
}

std::vector<float> means_of(const Points& points, const std::vector<float>& table, DType dtype) {
  std::vector<double> weight(table.size(), 0), sum(table.size(), 0);
  for_each_nearest(points, table, [&](size_t entry, size_t i) {
    weight[entry] += points.weights[i];
    sum[entry] += points.weights[i] * points.values[i];
  });
  std::vector<float> result = table;
  for (size_t i = 0; i < table.size(); ++i)
    if (weight[i] > 0) result[i] = stored_as(dtype, static_cast<float>(sum[i] / weight[i]));
  return result;
}

// For each code but the last, the value up to which it is taken.
std::vector<double> limits_of(const float* table, int bits) {
  std::vector<double> limits(size_t{1} << bits, std::numeric_limits<double>::infinity());
  for (size_t i = 0; i + 1 < limits.size(); ++i) limits[i] = (static_cast<double>(table[i]) + table[i + 1]) / 2;
  return limits;
}

uint8_t code_of(double value, const std::vector<double>& limits) {
  size_t code = 0;
  for (size_t step = limits.size() / 2; step > 0; step /= 2) code += value > limits[code + step - 1] ? step : 0;
  return static_cast<uint8_t>(code);
}

}  // namespace

Points points_of(const Draft& draft, const Grid& grid, int64_t cell, const Importance& importance) {
  const Weights weights(draft, importance);
  if (is_plain_half(draft))
    return importance.empty() ? half_points<uint32_t>(draft, grid, cell, weights)
                              : half_points<double>(draft, grid, cell, weights);
  if (grid.cell_size() <= kHalves) return sorted_points(draft, grid, cell, weights);
  return binned_points(draft, grid, cell, weights);
}

std::vector<float> table_of(const Points& points, std::vector<double> centers, int bits, DType dtype) {
  std::vector<float> table;
  for (const double center : centers) table.push_back(stored_as(dtype, static_cast<float>(center)));
  if (table.empty()) table.push_back(0);
  table.resize(size_t{1} << bits, table.back());
  double cost = cost_of(points, table);
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds && cost > 0; ++round) {
    std::vector<float> moved = means_of(points, table, dtype);
    const double moved_cost = cost_of(points, moved);
    if (!(moved_cost < cost)) break;
    table = std::move(moved);
    cost = moved_cost;
  }
  return table;
}

void assign_codes(Draft& draft, const Grid& grid, int64_t cell, const Points& points) {
  const int bits = draft.palette->bits;
  const float* table = draft.palette->entries.data() + (cell << bits);
  const std::vector<double> limits = limits_of(table, bits);
  if (!is_plain_half(draft))
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
  const uint16_t* halves = draft.source.as<uint16_t>().data();
  for_each_piece(draft, grid, cell, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) draft.codes[static_cast<size_t>(i)] = codes[halves[i]];
  });
}

}  // namespace anemone
