// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/strided_copy.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"

namespace anemone {
namespace {

constexpr int64_t kTile = 16;                   // elements on a side of a tile: 16 x 4 bytes fill a cache line
constexpr int64_t kBytesPerPiece = 128 * 1024;  // of work, below which a second thread does not pay

// Drops axes of size 1 and merges neighbours that lie together on both sides; a contiguous last axis becomes part of
// the element.
void simplify(StridedCopy& copy) {
  StridedCopy result;
  result.width = copy.width;
  for (size_t i = 0; i < copy.shape.size(); ++i) {
    if (copy.shape[i] == 1) continue;
    const bool together = !result.shape.empty() && result.read_strides.back() == copy.read_strides[i] * copy.shape[i] &&
                          result.write_strides.back() == copy.write_strides[i] * copy.shape[i];
    if (together) {
      result.shape.back() *= copy.shape[i];
      result.read_strides.back() = copy.read_strides[i];
      result.write_strides.back() = copy.write_strides[i];
      continue;
    }
    result.shape.push_back(copy.shape[i]);
    result.read_strides.push_back(copy.read_strides[i]);
    result.write_strides.push_back(copy.write_strides[i]);
  }
  const auto width = static_cast<int64_t>(result.width);
  if (!result.shape.empty() && result.read_strides.back() == width && result.write_strides.back() == width) {
    result.width *= static_cast<size_t>(result.shape.back());
    result.shape.pop_back();
    result.read_strides.pop_back();
    result.write_strides.pop_back();
  }
  copy = std::move(result);
}

// The last two axes of a copy: `rows` of `columns` elements.
struct Plane {
  int64_t rows = 1, columns = 1;
  int64_t read_row = 0, read_column = 0;
  int64_t write_row = 0, write_column = 0;
};

template <size_t kWidth>
void copy_line(const std::byte* from, std::byte* to, int64_t count, int64_t read, int64_t write) {
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * write, from + i * read, kWidth);
}

template <size_t kWidth>
void copy_plane(const Plane& plane, const std::byte* from, std::byte* to) {
  const auto width = static_cast<int64_t>(kWidth);
  const bool crossed = plane.read_column != width && plane.write_column == width && plane.read_row == width;
  const int64_t step = crossed ? kTile : plane.columns;
  for (int64_t column = 0; column < plane.columns; column += step) {
    const int64_t count = std::min(step, plane.columns - column);
    const std::byte* source = from + column * plane.read_column;
    std::byte* target = to + column * plane.write_column;
    for (int64_t row = 0; row < plane.rows; ++row)
      copy_line<kWidth>(source + row * plane.read_row, target + row * plane.write_row, count, plane.read_column,
                        plane.write_column);
  }
}

void copy_runs(const Plane& plane, const std::byte* from, std::byte* to, size_t width) {
  for (int64_t row = 0; row < plane.rows; ++row)
    for (int64_t column = 0; column < plane.columns; ++column)
      std::memcpy(to + row * plane.write_row + column * plane.write_column,
                  from + row * plane.read_row + column * plane.read_column, width);
}

void copy_any(const Plane& plane, const std::byte* from, std::byte* to, size_t width) {
  switch (width) {
    case 1:
      return copy_plane<1>(plane, from, to);
    case 2:
      return copy_plane<2>(plane, from, to);
    case 4:
      return copy_plane<4>(plane, from, to);
    case 8:
      return copy_plane<8>(plane, from, to);
    case 16:
      return copy_plane<16>(plane, from, to);
    default:
      return copy_runs(plane, from, to, width);
  }
}

// Moves the axis along which the source is contiguous next to the last one, where the tiles see it.
void pair_axes(StridedCopy& copy) {
  const auto width = static_cast<int64_t>(copy.width);
  const size_t rank = copy.shape.size();
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (copy.read_strides[i] != width) continue;
    for (auto* values : {&copy.shape, &copy.read_strides, &copy.write_strides})
      std::rotate(values->begin() + static_cast<std::ptrdiff_t>(i),
                  values->begin() + static_cast<std::ptrdiff_t>(i) + 1, values->end() - 1);
    return;
  }
}

Plane last_plane(const StridedCopy& copy) {
  Plane plane;
  const size_t rank = copy.shape.size();
  if (rank >= 1) {
    plane.columns = copy.shape[rank - 1];
    plane.read_column = copy.read_strides[rank - 1];
    plane.write_column = copy.write_strides[rank - 1];
  }
  if (rank >= 2) {
    plane.rows = copy.shape[rank - 2];
    plane.read_row = copy.read_strides[rank - 2];
    plane.write_row = copy.write_strides[rank - 2];
  }
  return plane;
}

}  // namespace

void run_copy(StridedCopy copy, const std::byte* from, std::byte* to, int threads) {
  simplify(copy);
  pair_axes(copy);
  const size_t outer = copy.shape.size() < 2 ? 0 : copy.shape.size() - 2;
  const Plane plane = last_plane(copy);
  int64_t planes = 1;
  for (size_t i = 0; i < outer; ++i) planes *= copy.shape[i];
  const auto offset = [&](int64_t index, const std::vector<int64_t>& strides) {
    int64_t bytes = 0;
    for (size_t i = outer; i-- > 0; index /= copy.shape[i]) bytes += index % copy.shape[i] * strides[i];
    return bytes;
  };
  // Pieces are rows of planes, so a copy with few large planes is shared out too.
  const int64_t row_bytes = std::max<int64_t>(1, plane.columns * static_cast<int64_t>(copy.width));
  const int64_t band = std::clamp(kBytesPerPiece / row_bytes / kTile * kTile, kTile, std::max(plane.rows, kTile));
  const int64_t bands = (plane.rows + band - 1) / band;
  const int64_t grain = std::max<int64_t>(1, kBytesPerPiece / (band * row_bytes));
  parallel_for(threads, planes * bands, grain, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t row = piece % bands * band;
      Plane part = plane;
      part.rows = std::min(band, plane.rows - row);
      copy_any(part, from + offset(piece / bands, copy.read_strides) + row * plane.read_row,
               to + offset(piece / bands, copy.write_strides) + row * plane.write_row, copy.width);
    }
  });
}

}  // namespace anemone
