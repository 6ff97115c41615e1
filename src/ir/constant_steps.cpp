// SPDX-License-Identifier: Apache-2.0
#include "ir/constant_steps.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <span>

#include "base/half.h"
#include "base/parallel.h"
#include "kernels/permute/permute.h"

namespace anemone {
namespace {

// Elements: a wide copy of them stays in the nearest cache, and is small enough that malloc does not tidy up behind it.
constexpr int64_t kBlock = int64_t{1} << 12;
constexpr int64_t kPiece = 32 * kBlock;  // what is worth a thread

// Fills `to` in order.
template <typename Word>
void gather_words(const Tensor& from, Tensor& to, const std::vector<int64_t>& strides) {
  const size_t rank = to.shape().size();
  std::vector<int64_t> index(rank, 0);
  const auto* source = reinterpret_cast<const Word*>(from.bytes());
  auto* target = reinterpret_cast<Word*>(to.bytes());
  int64_t offset = 0;
  for (int64_t i = 0; i < to.size(); ++i) {
    target[i] = source[offset];
    for (size_t axis = rank; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < to.shape()[axis]) break;
      offset -= strides[axis] * to.shape()[axis];
      index[axis] = 0;
    }
  }
}

// Elements [begin, begin + count) of a tensor of whole bytes, as a list that views it.
Tensor block_of(const Tensor& tensor, int64_t begin, int64_t count) {
  auto* data = const_cast<std::byte*>(tensor.bytes()) + begin * bit_width(tensor.dtype()) / 8;
  return {tensor.dtype(), {count}, data, nullptr};
}

void for_each_block(int64_t size, int threads, const std::function<void(int64_t begin, int64_t count)>& body) {
  parallel_for(threads, size, kPiece, [&body](int64_t begin, int64_t end) {
    for (; begin < end; begin += kBlock) body(begin, std::min(kBlock, end - begin));
  });
}

// Finite values stay finite, and when `keeps_small`, what is not zero does not become zero.
void keep_kinds(std::span<const float> values, uint16_t* half, bool keeps_small) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t magnitude = half[i] & 0x7FFFU;
    if (magnitude == 0x7C00U && std::isfinite(values[i]))
      half[i] = static_cast<uint16_t>((half[i] & 0x8000U) | 0x7BFFU);
    if (magnitude == 0 && values[i] != 0 && keeps_small) half[i] |= 1U;
  }
}

// Or NaN: a maximum of signed numbers is what every machine has an instruction for.
bool has_infinity(std::span<const uint16_t> half) {
  int16_t largest = 0;
  for (const uint16_t value : half) largest = std::max(largest, static_cast<int16_t>(value & 0x7FFFU));
  return largest >= 0x7C00;
}

}  // namespace

void copy_slab(const Tensor& from, Tensor& to, int axis, int64_t from_begin, int64_t to_begin, int64_t count) {
  const auto& shape = from.shape();
  int64_t outer = 1;
  auto inner = static_cast<int64_t>(bit_width(from.dtype()) / 8);
  for (int i = 0; i < axis; ++i) outer *= shape[static_cast<size_t>(i)];
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  const int64_t from_stride = shape[static_cast<size_t>(axis)] * inner;
  const int64_t to_stride = to.shape()[static_cast<size_t>(axis)] * inner;
  for (int64_t i = 0; i < outer; ++i)
    std::memcpy(to.bytes() + i * to_stride + to_begin * inner, from.bytes() + i * from_stride + from_begin * inner,
                static_cast<size_t>(count * inner));
}

Tensor permuted(const Tensor& from, const std::vector<int>& permutation, int threads) {
  if (is_sub_byte(from.dtype())) return converted(permuted(to_compute(from), permutation, threads), from.dtype());
  ConcreteShape shape;
  for (const int axis : permutation) shape.push_back(from.shape()[static_cast<size_t>(axis)]);
  Tensor to(from.dtype(), shape);
  const std::vector<int64_t> order(permutation.begin(), permutation.end());
  kernels::permute(threads, bit_width(from.dtype()) / 8, from.shape(), order, from.bytes(), to.bytes());
  return to;
}

Tensor gathered(const Tensor& from, const ConcreteShape& shape, const std::vector<int64_t>& strides) {
  Tensor to(from.dtype(), shape);
  switch (bit_width(from.dtype())) {
    case 8:
      gather_words<uint8_t>(from, to, strides);
      break;
    case 16:
      gather_words<uint16_t>(from, to, strides);
      break;
    case 32:
      gather_words<uint32_t>(from, to, strides);
      break;
    case 64:
      gather_words<uint64_t>(from, to, strides);
      break;
    default:
      return converted(gathered(to_compute(from), shape, strides), from.dtype());
  }
  return to;
}

Tensor converted_by_pieces(const Tensor& from, DType dtype, int threads) {
  if (is_sub_byte(from.dtype()) || is_sub_byte(dtype) || from.size() <= kPiece) return converted(from, dtype);
  Tensor to(dtype, from.shape());
  for_each_block(from.size(), threads, [&](int64_t begin, int64_t count) {
    const Tensor part = converted(block_of(from, begin, count), dtype);
    std::memcpy(block_of(to, begin, count).bytes(), part.bytes(), part.byte_size());
  });
  return to;
}

Tensor half_without_loss_of_kind(const Tensor& from, int threads) {
  constexpr int64_t kKeepsSmallValues = 400;
  Tensor half(DType::kFloat16, from.shape());
  uint16_t* to = half.as<uint16_t>().data();
  const bool keeps_small = half.size() < kKeepsSmallValues;
  for_each_block(from.size(), threads, [&](int64_t begin, int64_t count) {
    const Tensor wide = converted(block_of(from, begin, count), DType::kFloat32);
    const auto values = wide.as<float>();
    float_to_half(values.data(), to + begin, values.size());
    if (keeps_small || has_infinity({to + begin, values.size()})) keep_kinds(values, to + begin, keeps_small);
  });
  return half;
}

}  // namespace anemone
