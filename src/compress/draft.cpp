// SPDX-License-Identifier: Apache-2.0
#include "compress/draft.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"
#include "compress/grid.h"

namespace anemone {
namespace {

constexpr uint16_t kExponent = 0x7C00;  // of infinities and NaN

enum class Special : uint8_t { kNone, kInfinity, kNan };

template <typename Bits>
Special special_of(std::span<const Bits> values, Bits exponent) {
  const Bits magnitude = static_cast<Bits>(~Bits{0}) >> 1;
  Bits largest = 0;
  for (const Bits value : values) largest = std::max<Bits>(largest, value & magnitude);
  return largest > exponent ? Special::kNan : largest == exponent ? Special::kInfinity : Special::kNone;
}

// Codes as numbers: indices and unsigned codes as they are.
template <typename Code>
void scale_codes(const Draft& draft, int64_t begin, int64_t end, float* to) {
  const Scales& scaling = *draft.scaling;
  const Grid grid(draft.shape(), scaling.grid);
  const auto* codes = reinterpret_cast<const Code*>(draft.codes.data());
  grid.for_each_run(begin, end, [&](int64_t from, int64_t until, int64_t cell) {
    const float scale = scaling.scales[static_cast<size_t>(cell)];
    const int offset = scaling.offsets.empty() ? 0 : scaling.offsets[static_cast<size_t>(cell)];
    for (int64_t i = from; i < until; ++i) to[i - begin] = scale * static_cast<float>(codes[i] - offset);
  });
}

void look_up(const Draft& draft, int64_t begin, int64_t end, float* to) {
  const Palette& palette = *draft.palette;
  const Grid grid(draft.shape(), palette.grid);
  grid.for_each_run(begin, end, [&](int64_t from, int64_t until, int64_t cell) {
    const float* table = palette.entries.data() + (cell << palette.bits);
    for (int64_t i = from; i < until; ++i) to[i - begin] = table[draft.codes[static_cast<size_t>(i)]];
  });
}

// Palettes of vectors: an index stands for `width` elements in a row along the axis.
void look_up_vectors(const Draft& draft, int64_t begin, int64_t end, float* to) {
  const Palette& palette = *draft.palette;
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(palette.axis) + 1; i < draft.shape().size(); ++i) inner *= draft.shape()[i];
  for (int64_t i = begin; i < end; ++i) {
    const int64_t line = i / inner;  // along the axis and those before it
    const auto code = draft.codes[static_cast<size_t>(line / palette.width * inner + i % inner)];
    to[i - begin] = palette.entries[static_cast<size_t>(code * palette.width + line % palette.width)];
  }
}

void scale_values(const Draft& draft, int64_t begin, int64_t end, float* to) {
  const Grid grid(draft.shape(), draft.scaling->grid);
  grid.for_each_run(begin, end, [&](int64_t from, int64_t until, int64_t cell) {
    for (int64_t i = from; i < until; ++i) to[i - begin] *= draft.scaling->scales[static_cast<size_t>(cell)];
  });
}

}  // namespace

ConcreteShape Draft::channel_grid(int64_t group) const {
  ConcreteShape grid = single_grid();
  const auto axis = static_cast<size_t>(output_axis);
  CHECK(group >= 1 && shape_[axis] % group == 0);
  grid[axis] = shape_[axis] / group;
  return grid;
}

void Draft::read(int64_t begin, int64_t end, float* to) const {
  const auto count = static_cast<size_t>(end - begin);
  if (dtype() == DType::kFloat16)
    half_to_float(source.as<uint16_t>().data() + begin, to, count);
  else
    std::copy_n(source.as<float>().data() + begin, count, to);
}

void Draft::decode(int64_t begin, int64_t end, float* to) const {
  if (codes.empty())
    read(begin, end, to);
  else if (!palette && is_signed(code_type))
    scale_codes<int8_t>(*this, begin, end, to);
  else if (!palette)
    scale_codes<uint8_t>(*this, begin, end, to);
  else
    palette->width > 1 ? look_up_vectors(*this, begin, end, to) : look_up(*this, begin, end, to);
  if (palette && scaling) scale_values(*this, begin, end, to);
  if (!kept.empty())
    for (int64_t i = begin; i < end; ++i)
      if (!kept[static_cast<size_t>(i)]) to[i - begin] = 0;
  round_to(dtype(), to, static_cast<size_t>(end - begin));
}

Draft::Loss Draft::loss() const {
  std::vector<Loss> parts(static_cast<size_t>((size() + kChunk - 1) / kChunk));
  parallel_for(threads, size(), kChunk, [&](int64_t begin, int64_t end) {
    std::vector<float> want(static_cast<size_t>(end - begin));
    std::vector<float> got(want.size());
    read(begin, end, want.data());
    decode(begin, end, got.data());
    double sums[4] = {};
    float largest = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      const double difference = static_cast<double>(want[i]) - got[i];
      sums[i % 4] += difference * difference;
      largest = std::max(largest, std::fabs(want[i]));
    }
    parts[static_cast<size_t>(begin / kChunk)] = {sums[0] + sums[1] + (sums[2] + sums[3]), largest};
  });
  Loss total;
  for (const Loss& part : parts) {
    total.squared_error += part.squared_error;
    total.largest = std::max(total.largest, part.largest);
  }
  return total;
}

float stored_as(DType dtype, float value) { return dtype == DType::kFloat16 ? round_to_half(value) : value; }

void round_to(DType dtype, float* values, size_t count) {
  if (dtype == DType::kFloat16) round_to_half(values, count);
}

float usable_scale(DType dtype, double scale, double reach) {
  if (!(scale > 0)) return 1;  // all zeros
  const bool half = dtype == DType::kFloat16;
  float stored = stored_as(dtype, static_cast<float>(scale));
  if (stored == 0) return half ? 0x1p-24F : std::numeric_limits<float>::denorm_min();
  while (std::isinf(stored_as(dtype, stored * static_cast<float>(reach))))
    stored = half ? half_to_float(static_cast<uint16_t>(float_to_half(stored) - 1)) : std::nextafter(stored, 0.0F);
  return stored;
}

std::optional<std::string> why_not_finite(const Draft& draft) {
  std::vector<Special> found(static_cast<size_t>((draft.size() + kChunk - 1) / kChunk), Special::kNone);
  parallel_for(draft.threads, draft.size(), kChunk, [&](int64_t begin, int64_t end) {
    const auto count = static_cast<size_t>(end - begin);
    found[static_cast<size_t>(begin / kChunk)] =
        draft.dtype() == DType::kFloat16
            ? special_of<uint16_t>({draft.source.as<uint16_t>().data() + begin, count}, kExponent)
            : special_of<uint32_t>({reinterpret_cast<const uint32_t*>(draft.source.bytes()) + begin, count},
                                   0x7F800000);
  });
  const Special worst = found.empty() ? Special::kNone : *std::max_element(found.begin(), found.end());
  if (worst == Special::kNone) return std::nullopt;
  return worst == Special::kNan ? "it holds NaN" : "it holds infinities";
}

}  // namespace anemone
