// SPDX-License-Identifier: Apache-2.0
#include "kernels/permute/permute.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/gemm/tile.h"

namespace anemone::kernels {
namespace {

constexpr int64_t kBlock = 64;
constexpr int64_t kMinimumElements = 1 << 14;  // what is worth waking a thread

struct Axis {
  int64_t size;
  int64_t in_stride;   // in elements
  int64_t out_stride;  // in elements
};

// The axes in output order, without those of size 1, neighbours joined where both strides allow it.
std::vector<Axis> joined_axes(std::span<const int64_t> shape, std::span<const int64_t> order) {
  const size_t rank = shape.size();
  CHECK(order.size() == rank);
  std::vector<int64_t> in_strides(rank);
  int64_t stride = 1;
  for (size_t i = rank; i-- > 0; stride *= shape[i]) in_strides[i] = stride;
  std::vector<Axis> axes;  // innermost first
  std::vector<bool> seen(rank);
  stride = 1;
  for (size_t i = rank; i-- > 0;) {
    const size_t from = static_cast<size_t>(order[i]);
    CHECK(from < rank && !seen[from]);
    seen[from] = true;
    const Axis axis{shape[from], in_strides[from], stride};
    stride *= axis.size;
    if (axis.size == 1) continue;
    if (!axes.empty() && axes.back().in_stride * axes.back().size == axis.in_stride) {
      axes.back().size *= axis.size;
    } else {
      axes.push_back(axis);
    }
  }
  std::reverse(axes.begin(), axes.end());
  return axes;
}

// to[k · to_stride + i] = from[i · from_stride + k]
template <typename T>
void transpose_block(int64_t rows, int64_t depth, const T* from, int64_t from_stride, T* to, int64_t to_stride) {
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t i = 0; i < rows; ++i) to[k * to_stride + i] = from[i * from_stride + k];
}

void transpose_block(int64_t rows, int64_t depth, const float* from, int64_t from_stride, float* to,
                     int64_t to_stride) {
  tile().transpose(rows, depth, from, from_stride, to, to_stride);
}

// Calls body(in offset, out offset, first, count) for every index of `outer` and every piece of `inner`, which has
// `size` elements and is cut into blocks of `block`.
template <typename Body>
void for_each_piece(int threads, std::span<const Axis> outer, int64_t size, int64_t block, int64_t elements,
                    const Body& body) {
  const int64_t blocks = (size + block - 1) / block;
  int64_t count = blocks;
  for (const Axis& axis : outer) count *= axis.size;
  parallel_for(threads, count, std::max<int64_t>(1, kMinimumElements / elements), [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      int64_t in = 0;
      int64_t out = 0;
      int64_t rest = piece / blocks;
      for (size_t a = outer.size(); a-- > 0; rest /= outer[a].size) {
        in += rest % outer[a].size * outer[a].in_stride;
        out += rest % outer[a].size * outer[a].out_stride;
      }
      const int64_t first = piece % blocks * block;
      body(in, out, first, std::min(block, size - first));
    }
  });
}

// The innermost axis is the same on both sides: runs of memory.
template <typename T>
void copy_runs(int threads, std::span<const Axis> axes, const T* x, T* out) {
  for_each_piece(threads, axes.first(axes.size() - 1), axes.back().size, kMinimumElements,
                 std::min(axes.back().size, kMinimumElements),
                 [&](int64_t in, int64_t to, int64_t first, int64_t count) {
                   std::memcpy(out + to + first, x + in + first, static_cast<size_t>(count) * sizeof(T));
                 });
}

template <typename T>
void permute_axes(int threads, std::vector<Axis> axes, const T* x, T* out) {
  if (axes.empty()) axes.push_back({1, 1, 1});
  if (axes.back().in_stride == 1) return copy_runs<T>(threads, axes, x, out);
  const Axis rows = axes.back();  // contiguous in the output
  axes.pop_back();
  const auto contiguous = std::find_if(axes.begin(), axes.end(), [](const Axis& axis) { return axis.in_stride == 1; });
  const Axis depth = *contiguous;  // contiguous in the input
  axes.erase(contiguous);
  const int64_t elements = std::min(rows.size, kBlock) * depth.size;
  for_each_piece(threads, axes, rows.size, kBlock, elements, [&](int64_t in, int64_t to, int64_t first, int64_t count) {
    for (int64_t k = 0; k < depth.size; k += kBlock)
      transpose_block(count, std::min(kBlock, depth.size - k), x + in + first * rows.in_stride + k, rows.in_stride,
                      out + to + k * depth.out_stride + first, depth.out_stride);
  });
}

template <typename T>
void permute_as(int threads, std::vector<Axis> axes, const void* x, void* out) {
  permute_axes(threads, std::move(axes), static_cast<const T*>(x), static_cast<T*>(out));
}

}  // namespace

void permute(int threads, int64_t element_size, std::span<const int64_t> shape, std::span<const int64_t> order,
             const void* x, void* out) {
  std::vector<Axis> axes = joined_axes(shape, order);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  switch (element_size) {
    case 1:
      return permute_as<uint8_t>(threads, std::move(axes), x, out);
    case 2:
      return permute_as<uint16_t>(threads, std::move(axes), x, out);
    case 4:
      return permute_as<float>(threads, std::move(axes), x, out);
    case 8:
      return permute_as<uint64_t>(threads, std::move(axes), x, out);
    default:
      CHECK(false);
  }
}

}  // namespace anemone::kernels
