// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/mac.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"
#include "kernels/ane/half.h"
#include "kernels/ane/mac_tile.h"

namespace anemone::kernels::ane {
namespace {

constexpr int64_t kPackedValues = 4 << 20;   // bounds the scratch memory
constexpr int64_t kBlockValues = 128 << 10;  // of packed rows that stay in the second-level cache
constexpr int64_t kMinimumWork = 1 << 16;    // products that are worth waking a thread
constexpr double kUnits = 65536;             // of the accumulator in 1
constexpr double kLimit = 32768;

int64_t divide_up(int64_t count, int64_t size) { return (count + size - 1) / size; }

// Lanes keep the loop free of a chain from one element to the next.
Extent extent_of(const float* values, size_t count) {
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> largest = {};
  std::array<float, kLanes> squares = {};
  const auto visit = [&](size_t lane, float value) {
    largest[lane] = std::max(largest[lane], std::abs(value));
    squares[lane] += value * value;
  };
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) visit(lane, values[i + lane]);
  for (; i < count; ++i) visit(i % kLanes, values[i]);
  return {*std::max_element(largest.begin(), largest.end()),
          std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0))};
}

// The vector data[offsets[i]] as the engine reads it.
Extent read_vector(const float* data, std::span<const int64_t> offsets, float* to) {
  const size_t count = offsets.size();
  const bool is_dense = count > 1 && offsets.back() - offsets.front() == static_cast<int64_t>(count) - 1;
  if (is_dense && std::is_sorted(offsets.begin(), offsets.end()))
    std::copy_n(data + offsets.front(), count, to);
  else
    for (size_t i = 0; i < count; ++i) to[i] = data[offsets[i]];
  round_to_half(to, count);
  if (has_special(to, count))
    for (size_t i = 0; i < count; ++i) to[i] = decoded(to[i]);
  return extent_of(to, count);
}

Extent larger(const Extent& a, const Extent& b) { return {std::max(a.largest, b.largest), std::max(a.norm, b.norm)}; }

// Units of the accumulator, ties away from zero.
int64_t fixed(float value) { return std::llround(static_cast<double>(decoded(round_to_half(value))) * kUnits); }

// Units of the accumulator to half, ties away from zero.
float half_of(double units) {
  const double magnitude = std::abs(units) / kUnits;
  if (magnitude >= kLimit) return static_cast<float>(std::copysign(std::numeric_limits<double>::infinity(), units));
  if (magnitude == 0) return 0;
  const double unit = std::max(std::ldexp(1.0, std::ilogb(magnitude) - 10), 1 / kUnits);
  return static_cast<float>(std::copysign(std::floor(magnitude / unit + 0.5) * unit, units));
}

class Product {
 public:
  Product(const Grid<const float>& left, const MacColumns& right, const MacBias& bias, const Grid<float>& out)
      : tile_(mac_tile()), left_(left), right_(right), bias_(bias), out_(out) {}

  void run(int threads) {
    const int64_t tiles = divide_up(static_cast<int64_t>(left_.rows.size()), tile_.rows);
    const int64_t at_once = std::clamp<int64_t>(kPackedValues / std::max<int64_t>(1, tile_size()), 1, tiles);
    packed_ = make_buffer(at_once * tile_size());
    extents_.resize(static_cast<size_t>(at_once));
    for (first_ = 0; first_ < tiles; first_ += at_once) {
      const int64_t count = std::min(at_once, tiles - first_);
      const int64_t grain = std::max<int64_t>(1, kMinimumWork / std::max<int64_t>(1, tile_size()));
      parallel_for(threads, count, grain, [&](int64_t begin, int64_t end) { pack(begin, end); });
      multiply_packed(threads, count);
    }
  }

 private:
  int64_t tile_size() const { return 2 * tile_.rows * right_.k(); }  // packed
  const float* packed(int64_t tile) const { return packed_.get() + tile * tile_size(); }

  int64_t rows_of(int64_t tile) const {
    return std::min<int64_t>(tile_.rows, static_cast<int64_t>(left_.rows.size()) - (first_ + tile) * tile_.rows);
  }

  // Tiles of rows from first_ on, each with its extent.
  void pack(int64_t begin, int64_t end) {
    const int64_t depth = right_.k();
    std::vector<float> row(static_cast<size_t>(depth));
    for (int64_t t = begin; t < end; ++t) {
      float* to = packed_.get() + t * tile_size();
      Extent extent;
      for (int64_t i = 0; i < rows_of(t); ++i) {
        const int64_t at = left_.rows[static_cast<size_t>((first_ + t) * tile_.rows + i)];
        extent = larger(extent, read_vector(left_.data + at, left_.columns, row.data()));
        for (int64_t k = 0; k < depth; ++k) {
          to[k * 2 * tile_.rows + i] = row[static_cast<size_t>(k)];
          to[(k * 2 + 1) * tile_.rows + i] = std::max(std::abs(row[static_cast<size_t>(k)]), 0x1p-14F);
        }
      }
      extents_[static_cast<size_t>(t)] = extent;
    }
  }

  // Blocks of tiles by panels: a block stays in the second-level cache while the panels pass by.
  void multiply_packed(int threads, int64_t tiles) const {
    const int64_t block = std::clamp<int64_t>(kBlockValues / std::max<int64_t>(1, tile_size()), 1, tiles);
    const int64_t panels = divide_up(right_.n(), kMacPanel);
    const int64_t work = std::max<int64_t>(1, right_.k()) * kMacPanel * tile_.rows * std::min(block, tiles);
    parallel_for(threads, divide_up(tiles, block) * panels, std::max<int64_t>(1, kMinimumWork / work),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t piece = begin; piece < end; ++piece) {
                     const int64_t first = piece / panels * block;
                     for (int64_t t = first; t < std::min(tiles, first + block); ++t) multiply(t, piece % panels);
                   }
                 });
  }

  // Start values of `count` rows or columns from `first` on; the largest magnitude in units.
  static int64_t starts(const float* bias, int64_t first, int64_t count, int64_t* to) {
    int64_t largest = 0;
    for (int64_t i = 0; i < count; ++i) {
      to[i] = bias == nullptr ? 0 : fixed(bias[first + i]);
      largest = std::max(largest, std::abs(to[i]));
    }
    return largest;
  }

  // Cauchy and Schwarz: no sum on the way can exceed the product of the norms, but for half a unit a step. Norms are
  // summed in float, hence the margin.
  bool is_bounded(const Extent& left, const Extent& right, int64_t start) const {
    const double steps = static_cast<double>(right_.k()) * 0.5 + static_cast<double>(start);
    return left.norm * right.norm * (1 + 1e-3) + steps / kUnits < kLimit - 1;
  }

  void multiply(int64_t tile, int64_t panel) const {
    const int64_t rows = rows_of(tile);
    const int64_t row = (first_ + tile) * tile_.rows;
    const float* left = packed(tile);
    const int64_t columns = std::min(kMacPanel, right_.n() - panel * kMacPanel);
    std::array<int64_t, kMaxMacRows> row_starts = {};
    std::array<int64_t, kMacPanel> column_starts = {};
    const int64_t start = starts(bias_.of_row, row, rows, row_starts.data()) +
                          starts(bias_.of_column, panel * kMacPanel, columns, column_starts.data());
    alignas(64) std::array<float, kMaxMacRows * kMacPanel> result;
    const float* right = right_.panel(panel);
    if (is_bounded(extents_[static_cast<size_t>(tile)], right_.extent(panel), start)) {
      std::array<int32_t, kMaxMacRows> of_row;
      std::array<int32_t, kMacPanel> of_column;
      std::transform(row_starts.begin(), row_starts.end(), of_row.begin(),
                     [](int64_t v) { return static_cast<int32_t>(v); });
      std::transform(column_starts.begin(), column_starts.end(), of_column.begin(),
                     [](int64_t v) { return static_cast<int32_t>(v); });
      const bool wide =
          extents_[static_cast<size_t>(tile)].largest * right_.extent(panel).largest > kLargestFastProduct;
      tile_.multiply(wide, static_cast<int>(rows), right_.k(), left, right,
                     bias_.of_row == nullptr ? nullptr : of_row.data(),
                     bias_.of_column == nullptr ? nullptr : of_column.data(), result.data());
    } else {
      std::array<double, kMacPanel> of_column;
      std::copy(column_starts.begin(), column_starts.end(), of_column.begin());
      std::array<double, kMacPanel> sums;
      for (int64_t i = 0; i < rows; ++i) {
        tile_.sum_carefully(right_.k(), left + i, static_cast<double>(row_starts[static_cast<size_t>(i)]),
                            of_column.data(), right, sums.data());
        std::transform(sums.begin(), sums.end(), result.begin() + i * kMacPanel, half_of);
      }
    }
    for (int64_t i = 0; i < rows; ++i) {
      float* to = out_.data + out_.rows[static_cast<size_t>(row + i)];
      const int64_t* offsets = out_.columns.data() + panel * kMacPanel;
      for (int64_t j = 0; j < columns; ++j) to[offsets[j]] = result[static_cast<size_t>(i * kMacPanel + j)];
    }
  }

  const MacTile tile_;
  const Grid<const float>& left_;
  const MacColumns& right_;
  const MacBias bias_;
  const Grid<float>& out_;
  int64_t first_ = 0;  // of the packed tiles
  FloatBuffer packed_;
  std::vector<Extent> extents_;
};

}  // namespace

MacColumns::MacColumns(int threads, const Grid<const float>& matrix)
    : n_(static_cast<int64_t>(matrix.columns.size())), k_(static_cast<int64_t>(matrix.rows.size())) {
  const int64_t panels = divide_up(n_, kMacPanel);
  CHECK(k_ == 0 || panels <= INT64_MAX / kMacPanel / k_);
  data_ = make_buffer(panels * kMacPanel * k_);
  extents_.resize(static_cast<size_t>(panels));
  parallel_for(threads, panels, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> column(static_cast<size_t>(k_));
    for (int64_t p = begin; p < end; ++p) {
      float* to = data_.get() + p * kMacPanel * k_;
      Extent& extent = extents_[static_cast<size_t>(p)];
      for (int64_t j = 0; j < kMacPanel; ++j) {
        const int64_t index = p * kMacPanel + j;
        if (index >= n_) {
          std::fill(column.begin(), column.end(), 0.0F);
        } else {
          const float* from = matrix.data + matrix.columns[static_cast<size_t>(index)];
          extent = larger(extent, read_vector(from, matrix.rows, column.data()));
        }
        for (int64_t k = 0; k < k_; ++k) to[k * kMacPanel + j] = pack_right(column[static_cast<size_t>(k)]);
      }
    }
  });
}

void mac(int threads, const Grid<const float>& left, const MacColumns& right, const MacBias& bias,
         const Grid<float>& out) {
  CHECK(static_cast<int64_t>(left.columns.size()) == right.k() && left.rows.size() == out.rows.size() &&
        static_cast<int64_t>(out.columns.size()) == right.n());
  if (left.rows.empty() || right.n() == 0) return;
  Product(left, right, bias, out).run(threads);
}

}  // namespace anemone::kernels::ane
