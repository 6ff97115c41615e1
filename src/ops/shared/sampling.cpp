// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"

namespace anemone {
namespace {

struct AxisView {
  int64_t outer = 1, size, inner = 1;

  AxisView(const ConcreteShape& shape, int axis) : size(shape[static_cast<size_t>(axis)]) {
    for (size_t i = 0; i < shape.size(); ++i) {
      if (i != static_cast<size_t>(axis)) (i < static_cast<size_t>(axis) ? outer : inner) *= shape[i];
    }
  }
};

Tensor with_axis(const Tensor& x, int axis, size_t size) {
  ConcreteShape shape = x.shape();
  shape[static_cast<size_t>(axis)] = static_cast<int64_t>(size);
  if (x.size() == 0 && product(shape) != 0) fail("an empty axis cannot be resized");
  return {x.dtype(), shape};
}

constexpr int64_t kBytesAtOnce = 1 << 16;

// Single elements, without a call for each.
template <typename T>
void pick(const std::byte* from, const std::vector<int64_t>& positions, std::byte* to) {
  const T* source = reinterpret_cast<const T*>(from);
  T* target = reinterpret_cast<T*>(to);
  for (const int64_t position : positions) *target++ = source[position];
}

void clamp_all(std::vector<int64_t>& positions, int64_t size) {
  for (int64_t& position : positions) position = std::clamp<int64_t>(position, 0, size - 1);
}

// Each element twice, the usual enlargement: pairs are stored as one.
void pick_twice(const std::byte* from, size_t count, std::byte* to) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t element;
    std::memcpy(&element, from + i * sizeof element, sizeof element);
    const uint64_t pair = element | static_cast<uint64_t>(element) << 32;
    std::memcpy(to + i * sizeof pair, &pair, sizeof pair);
  }
}

// One row at the positions of its columns.
class RowPicker {
 public:
  RowPicker(const std::vector<int64_t>& columns, int64_t size, size_t width) : columns_(columns), width_(width) {
    twice_ = width == 4 && columns.size() == 2 * static_cast<size_t>(size);
    for (size_t i = 0; i < columns.size() && twice_; ++i) twice_ = columns[i] == static_cast<int64_t>(i / 2);
  }

  void operator()(const std::byte* from, std::byte* to) const {
    if (twice_) return pick_twice(from, columns_.size() / 2, to);
    if (width_ == 4) return pick<uint32_t>(from, columns_, to);
    for (const int64_t column : columns_) {
      std::memcpy(to, from + static_cast<size_t>(column) * width_, width_);
      to += width_;
    }
  }

 private:
  const std::vector<int64_t>& columns_;
  size_t width_;  // of an element
  bool twice_;
};

}  // namespace

SamplingMode sampling_mode(const std::string& name) {
  if (name == "STRICT_ALIGN_CORNERS") return SamplingMode::kStrictAlignCorners;
  if (name == "ALIGN_CORNERS") return SamplingMode::kAlignCorners;
  if (name == "DEFAULT") return SamplingMode::kDefault;
  if (name == "OFFSET_CORNERS") return SamplingMode::kOffsetCorners;
  if (name == "UNALIGN_CORNERS") return SamplingMode::kUnalignCorners;
  fail("sampling_mode {} is not known", name);
}

std::vector<double> sampling_positions(SamplingMode mode, double first, double last, int64_t count) {
  const double span = last - first;
  const auto b = static_cast<double>(count);
  double begin = first;
  double step = 0;
  switch (mode) {
    case SamplingMode::kStrictAlignCorners:
    case SamplingMode::kAlignCorners:
      if (count == 1 && mode == SamplingMode::kAlignCorners) begin = (first + last) / 2;
      if (count > 1) step = span / (b - 1);
      break;
    case SamplingMode::kDefault:
      step = (span + 1) / b;
      break;
    case SamplingMode::kOffsetCorners:
      step = std::max(1.0, span) / b;
      begin = first + 0.5 * step;
      break;
    case SamplingMode::kUnalignCorners:
      step = (span + 1) / b;
      begin = first + 0.5 * step - 0.5;
      break;
  }
  std::vector<double> positions(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) positions[static_cast<size_t>(i)] = begin + static_cast<double>(i) * step;
  return positions;
}

LinearTap linear_tap(double position, int64_t size) {
  const double last = static_cast<double>(size) - 1;
  const double inside = position > 0 ? std::min(position, last) : 0;  // also for NaN
  const auto low = static_cast<int64_t>(inside);
  return {low, std::min(low + 1, size - 1), static_cast<float>(inside - static_cast<double>(low))};
}

Tensor resampled_linear(const Tensor& x, int axis, const std::vector<double>& positions, int threads) {
  const AxisView view(x.shape(), axis);
  Tensor result = with_axis(x, axis, positions.size());
  if (result.size() == 0) return result;
  std::vector<LinearTap> taps;
  for (const double position : positions) taps.push_back(linear_tap(position, view.size));
  const auto line = static_cast<int64_t>(taps.size()) * view.inner;
  parallel_for(threads, view.outer, std::max<int64_t>(1, kBytesAtOnce / line), [&](int64_t begin, int64_t end) {
    const float* from = x.as<float>().data() + begin * view.size * view.inner;
    float* to = result.as<float>().data() + begin * line;
    for (int64_t i = begin; i < end; ++i, from += view.size * view.inner) {
      for (const LinearTap& tap : taps) {
        const float* low = from + tap.low * view.inner;
        const float* high = from + tap.high * view.inner;
        for (int64_t j = 0; j < view.inner; ++j) *to++ = low[j] * (1 - tap.weight) + high[j] * tap.weight;
      }
    }
  });
  return result;
}

Tensor resampled_nearest(const Tensor& x, int axis, std::vector<int64_t> positions, int threads) {
  const AxisView view(x.shape(), axis);
  Tensor result = with_axis(x, axis, positions.size());
  if (result.size() == 0) return result;
  clamp_all(positions, view.size);
  const size_t line = static_cast<size_t>(view.inner) * x.byte_size() / static_cast<size_t>(x.size());
  const int64_t grain = std::max<int64_t>(1, kBytesAtOnce / static_cast<int64_t>(line * positions.size()));
  parallel_for(threads, view.outer, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const std::byte* from = x.bytes() + static_cast<size_t>(i * view.size) * line;
      std::byte* to = result.bytes() + static_cast<size_t>(i) * positions.size() * line;
      if (line == sizeof(float)) {
        pick<uint32_t>(from, positions, to);
      } else {
        for (const int64_t position : positions) {
          std::memcpy(to, from + static_cast<size_t>(position) * line, line);
          to += line;
        }
      }
    }
  });
  return result;
}

void resample_planes_nearest(const Tensor& x, std::vector<int64_t> rows, std::vector<int64_t> columns,
                             Results& results) {
  ConcreteShape shape = x.shape();
  const int64_t height = shape.end()[-2];
  const int64_t width = shape.back();
  shape.end()[-2] = static_cast<int64_t>(rows.size());
  shape.back() = static_cast<int64_t>(columns.size());
  if (x.size() == 0 && product(shape) != 0) fail("an empty axis cannot be resized");
  Tensor& y = results.allocate(0, shape, x.dtype());
  if (y.size() == 0) return;
  clamp_all(rows, height);
  clamp_all(columns, width);
  const size_t element = x.byte_size() / static_cast<size_t>(x.size());
  const size_t from_line = static_cast<size_t>(width) * element;
  const size_t line = columns.size() * element;
  const RowPicker pick_row(columns, width, element);
  const auto planes = x.size() / (height * width);
  const int64_t grain = std::max<int64_t>(1, 4 * kBytesAtOnce / static_cast<int64_t>(line * rows.size()));
  parallel_for(results.threads(), planes, grain, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const std::byte* from = x.bytes() + static_cast<size_t>(plane * height) * from_line;
      std::byte* to = y.bytes() + static_cast<size_t>(plane) * rows.size() * line;
      for (size_t i = 0; i < rows.size(); ++i, to += line) {
        if (i > 0 && rows[i] == rows[i - 1])
          std::memcpy(to, to - line, line);
        else
          pick_row(from + static_cast<size_t>(rows[i]) * from_line, to);
      }
    }
  });
}

}  // namespace anemone
