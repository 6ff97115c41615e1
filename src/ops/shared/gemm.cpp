// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/gemm.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/ane/mac.h"

namespace anemone {
namespace {

// A tile of 4 x 8 sums stays in the vector registers of every machine we build for.
constexpr int64_t kRows = 4;
constexpr int64_t kColumns = 8;
constexpr int64_t kBlock = 64;
constexpr int64_t kGrain = 8;  // column panels in one piece of parallel work

template <typename T>
struct Sums {
  using Block = T;
  using Total = double;
};
template <>
struct Sums<int32_t> {  // unsigned: overflow wraps instead of being undefined
  using Block = uint32_t;
  using Total = uint32_t;
};

// Copies `count` vectors of `depth` elements into panels of `width` vectors, k outermost, the last one padded by zeros.
template <int64_t width, typename T>
void pack(const T* data, std::span<const int64_t> vectors, std::span<const int64_t> depth, T* panel) {
  for (size_t begin = 0; begin < vectors.size(); begin += width) {
    const size_t count = std::min<size_t>(width, vectors.size() - begin);
    for (size_t k = 0; k < depth.size(); ++k, panel += width) {
      for (size_t i = 0; i < count; ++i) panel[i] = data[vectors[begin + i] + depth[k]];
      for (size_t i = count; i < width; ++i) panel[i] = 0;
    }
  }
}

template <typename T>
void multiply_tile(const T* a, const T* b, int64_t depth, typename Sums<T>::Total (&total)[kRows][kColumns]) {
  using Block = typename Sums<T>::Block;
  for (int64_t begin = 0; begin < depth; begin += kBlock) {
    Block sum[kRows][kColumns] = {};
    for (int64_t k = begin; k < std::min(depth, begin + kBlock); ++k) {
      for (int64_t i = 0; i < kRows; ++i) {
        const Block left = static_cast<Block>(a[k * kRows + i]);
        for (int64_t j = 0; j < kColumns; ++j) sum[i][j] += left * static_cast<Block>(b[k * kColumns + j]);
      }
    }
    for (int64_t i = 0; i < kRows; ++i) {
      for (int64_t j = 0; j < kColumns; ++j) total[i][j] += sum[i][j];
    }
  }
}

// All rows of the result for the columns [first, first + kColumns) that `b_panel` holds.
template <typename T>
void multiply_panel(const std::vector<T>& a_panels, const std::vector<T>& b_panel, int64_t depth, size_t first,
                    const OffsetMatrix<T>& out) {
  const size_t columns = std::min<size_t>(kColumns, out.columns.size() - first);
  for (size_t row = 0; row < out.rows.size(); row += kRows) {
    typename Sums<T>::Total total[kRows][kColumns] = {};
    multiply_tile(a_panels.data() + row * static_cast<size_t>(depth), b_panel.data(), depth, total);
    for (size_t i = 0; i < std::min<size_t>(kRows, out.rows.size() - row); ++i) {
      T* to = out.data + out.rows[row + i];
      for (size_t j = 0; j < columns; ++j) to[out.columns[first + j]] = static_cast<T>(total[i][j]);
    }
  }
}

}  // namespace

std::vector<int64_t> strided_offsets(int64_t count, int64_t stride) {
  std::vector<int64_t> offsets(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) offsets[static_cast<size_t>(i)] = i * stride;
  return offsets;
}

std::optional<AneSums> ane_sums(const Results& results, const Type& declared) {
  if (results.numerics() != Numerics::kAne || declared.dtype != DType::kFloat16) return std::nullopt;
  return AneSums{};
}

template <typename T>
void multiply(const OffsetMatrix<const T>& a, const OffsetMatrix<const T>& b, const OffsetMatrix<T>& out, int threads,
              const std::optional<AneSums>& ane) {
  CHECK(a.rows.size() == out.rows.size() && b.columns.size() == out.columns.size());
  CHECK(a.columns.size() == b.rows.size());
  if (out.rows.empty() || out.columns.empty()) return;
  if constexpr (std::is_same_v<T, float>) {
    using namespace kernels::ane;
    if (ane)
      return mac(threads, {a.data, a.rows, a.columns}, MacColumns(threads, {b.data, b.rows, b.columns}),
                 {ane->bias_of_row, ane->bias_of_column}, {out.data, out.rows, out.columns});
  }
  const size_t depth = a.columns.size();
  const auto panels = [](size_t count, int64_t width) {
    return (count + static_cast<size_t>(width) - 1) / static_cast<size_t>(width);
  };
  std::vector<T> a_panels(panels(a.rows.size(), kRows) * kRows * depth);
  pack<kRows>(a.data, a.rows, a.columns, a_panels.data());
  const auto column_panels = static_cast<int64_t>(panels(out.columns.size(), kColumns));
  parallel_for(threads, column_panels, kGrain, [&](int64_t begin, int64_t end) {
    std::vector<T> b_panel(depth * kColumns);
    for (int64_t panel = begin; panel < end; ++panel) {
      const size_t first = static_cast<size_t>(panel) * kColumns;
      const size_t count = std::min<size_t>(kColumns, out.columns.size() - first);
      pack<kColumns>(b.data, b.columns.subspan(first, count), b.rows, b_panel.data());
      multiply_panel(a_panels, b_panel, static_cast<int64_t>(depth), first, out);
    }
  });
}

template void multiply(const OffsetMatrix<const float>&, const OffsetMatrix<const float>&, const OffsetMatrix<float>&,
                       int, const std::optional<AneSums>&);
template void multiply(const OffsetMatrix<const int32_t>&, const OffsetMatrix<const int32_t>&,
                       const OffsetMatrix<int32_t>&, int, const std::optional<AneSums>&);

}  // namespace anemone
