// SPDX-License-Identifier: Apache-2.0
// Linear quantization: value = scale * (code - offset) with codes of 4 or 8 bits, one scale for the tensor, for each
// output channel, or for each block of input channels of each output channel.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "compress/method.h"
#include "compress/palette.h"
#include "compress/settings.h"

namespace anemone {
namespace {

struct Options {
  DType dtype = DType::kInt8;
  bool symmetric = true;
  std::string granularity;
  int64_t block = 32;
  bool least_error = false;  // clip where that lowers the squared error

  int lowest() const { return is_signed(dtype) ? -(1 << (bit_width(dtype) - 1)) : 0; }
  int highest() const { return lowest() + (1 << bit_width(dtype)) - 1; }
  // Symmetric codes: as many above the offset as below.
  int reach() const { return (1 << (bit_width(dtype) - 1)) - 1; }
};

struct Line {
  float scale = 1;
  int offset = 0;
  int low = 0, high = 0;  // codes in use
};

// To the nearest whole number, ties to even, for numbers of less than 22 bits; the compiler makes vectors of it.
inline float nearest(float value) {
  constexpr float kMagic = 12582912.0F;  // 1.5 * 2^23
  return (value + kMagic) - kMagic;
}

// Of a value that was divided by the scale.
inline int code_of(float quotient, const Line& line) {
  const auto low = static_cast<float>(line.low - line.offset);
  const auto high = static_cast<float>(line.high - line.offset);
  return static_cast<int>(nearest(std::min(std::max(quotient, low), high))) + line.offset;
}

// The scale and the code of 0 between low and high, in the weight's type as coremltools computes them unless that
// overflows.
void lay_affine(double low, double high, DType dtype, Line& line) {
  const auto stored = [&](double value) { return static_cast<double>(stored_as(dtype, static_cast<float>(value))); };
  double range = stored(high - low);
  double offset = stored(stored(stored(line.low * high) - stored(line.high * low)) / range);
  if (!std::isfinite(range)) range = high - low;
  const double step = range / (line.high - line.low);
  line.scale = usable_scale(dtype, step, std::nearbyint(std::max(-low, high) / std::max(step, 1e-300)));
  if (!std::isfinite(offset)) offset = line.low - low / line.scale;
  line.offset = std::clamp(static_cast<int>(std::nearbyint(offset)), line.low, line.high);
}

// The codes that hold everything between low and high.
Line line_over(double low, double high, const Options& options, DType dtype) {
  Line line;
  if (options.symmetric) {
    line.offset = is_signed(options.dtype) ? 0 : options.reach();
    line.low = line.offset - options.reach();
    line.high = line.offset + options.reach();
    line.scale = usable_scale(dtype, std::max(-low, high) / options.reach(), options.reach());
    return line;
  }
  line.low = options.lowest();
  line.high = options.highest();
  lay_affine(std::min(low, 0.0), std::max(high, 0.0), dtype, line);
  return line;
}

double error_of(const Points& points, const Line& line, DType dtype, double best) {
  double error = 0;
  for (size_t i = 0; i < points.values.size() && error < best; ++i) {
    const auto value = static_cast<float>(points.values[i]);
    const float got =
        stored_as(dtype, line.scale * static_cast<float>(code_of(value / line.scale, line) - line.offset));
    error += points.weights[i] * (points.values[i] - got) * (points.values[i] - got);
  }
  return error;
}

// The range is drawn in, evenly on both sides: in coarse steps, then in fine ones around the best.
Line line_of_least_error(const Points& points, double low, double high, const Options& options, DType dtype) {
  constexpr int kSteps = 64, kCoarse = 8, kNarrowest = 16;
  Line best = line_over(low, high, options, dtype);
  double least = error_of(points, best, dtype, INFINITY);
  int best_step = kSteps;
  const auto offer = [&](int step) {
    const double share = static_cast<double>(step) / kSteps;
    const Line line = line_over(low * share, high * share, options, dtype);
    const double error = error_of(points, line, dtype, least);
    if (!(error < least)) return;
    least = error;
    best = line;
    best_step = step;
  };
  for (int step = kSteps - kCoarse; step >= kNarrowest; step -= kCoarse) offer(step);
  const int middle = best_step;
  for (int step = middle - kCoarse + 1; step < std::min(middle + kCoarse, kSteps); ++step)
    if (step != middle) offer(step);
  return best;
}

// Values of a cell to judge lines by: the cell's own, or points when there are many.
Points values_of(const Draft& draft, const Grid& grid, int64_t cell, std::vector<float>& buffer) {
  if (grid.cell_size() > kChunk) return points_of(draft, grid, cell);
  Points points;
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    draft.read(begin, end, buffer.data());
    for (int64_t i = begin; i < end; ++i)
      if (draft.is_kept(i)) points.values.push_back(buffer[static_cast<size_t>(i - begin)]);
  });
  points.weights.assign(points.values.size(), 1);
  return points;
}

// The lowest and highest kept value of a cell.
std::pair<float, float> range_of(const Draft& draft, const Grid& grid, int64_t cell, std::vector<float>& buffer) {
  float low = INFINITY, high = -INFINITY;
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    for (int64_t from = begin; from < end; from += kChunk) {
      const int64_t count = std::min(end - from, kChunk);
      draft.read(from, from + count, buffer.data());
      if (!draft.kept.empty())
        for (int64_t i = 0; i < count; ++i)
          if (!draft.is_kept(from + i)) buffer[static_cast<size_t>(i)] = 0;
      for (int64_t i = 0; i < count; ++i) {
        low = std::min(low, buffer[static_cast<size_t>(i)]);
        high = std::max(high, buffer[static_cast<size_t>(i)]);
      }
    }
  });
  return {low, high};
}

// Quotients are rounded to the weight's type, as coremltools does, so that the same setting gives the same codes; that
// moves a code only next to a tie. Where the least error is asked for, they are not.
void write_codes(Draft& draft, const Grid& grid, int64_t cell, const Line& line, DType precision,
                 std::vector<float>& buffer) {
  grid.for_each_run_of(cell, [&](int64_t begin, int64_t end) {
    for (int64_t from = begin; from < end; from += kChunk) {
      const int64_t count = std::min(end - from, kChunk);
      draft.read(from, from + count, buffer.data());
      for (int64_t i = 0; i < count; ++i) buffer[static_cast<size_t>(i)] /= line.scale;
      round_to(precision, buffer.data(), static_cast<size_t>(count));
      uint8_t* codes = draft.codes.data() + from;
      for (int64_t i = 0; i < count; ++i)
        codes[i] = static_cast<uint8_t>(code_of(buffer[static_cast<size_t>(i)], line));
    }
  });
}

// The shape of the grid of scales, or why there is none.
std::optional<std::string> lay_grid(const Draft& draft, const Options& options, ConcreteShape& shape) {
  shape = options.granularity == "per_tensor" ? draft.single_grid() : draft.channel_grid(1);
  if (options.granularity != "per_block") return std::nullopt;
  if (draft.input_axis < 0) return "it has no axis of input channels to cut into blocks";
  const int64_t size = draft.shape()[static_cast<size_t>(draft.input_axis)];
  if (size % options.block != 0) return fmt::format("its {} input channels are no multiple of {}", size, options.block);
  shape[static_cast<size_t>(draft.input_axis)] = size / options.block;
  return std::nullopt;
}

std::optional<std::string> apply(Draft& draft, const Options& options) {
  if (!draft.codes.empty()) return "its values are codes already";
  Scales scaling;
  if (auto reason = lay_grid(draft, options, scaling.grid)) return reason;
  const Grid grid(draft.shape(), scaling.grid);
  const auto cells = static_cast<size_t>(grid.cells());
  scaling.scales.resize(cells);
  const bool has_offsets = !options.symmetric || !is_signed(options.dtype);
  scaling.offsets.resize(has_offsets ? cells : 0);
  draft.codes.resize(static_cast<size_t>(draft.size()));
  draft.code_type = options.dtype;
  const int64_t grain = std::max<int64_t>(1, kChunk / grid.cell_size());
  parallel_for(draft.threads, grid.cells(), grain, [&](int64_t first, int64_t end) {
    std::vector<float> buffer(static_cast<size_t>(std::min(kChunk, draft.size())));
    for (int64_t cell = first; cell < end; ++cell) {
      const auto [low, high] = range_of(draft, grid, cell, buffer);
      const Line line = options.least_error ? line_of_least_error(values_of(draft, grid, cell, buffer), low, high,
                                                                  options, draft.dtype())
                                            : line_over(low, high, options, draft.dtype());
      scaling.scales[static_cast<size_t>(cell)] = line.scale;
      if (has_offsets) scaling.offsets[static_cast<size_t>(cell)] = line.offset;
      write_codes(draft, grid, cell, line, options.least_error ? DType::kFloat32 : draft.dtype(), buffer);
    }
  });
  draft.scaling = std::move(scaling);
  return std::nullopt;
}

MethodStep make(Settings& settings) {
  Options options;
  const std::string dtype = settings.choice("dtype", "int8", {"int8", "uint8", "int4", "uint4"});
  options.dtype = *dtype_from_name(dtype);
  options.symmetric = settings.choice("mode", "linear_symmetric", {"linear_symmetric", "linear"}) != "linear";
  options.granularity = settings.choice("granularity", "per_channel", {"per_tensor", "per_channel", "per_block"});
  options.block = settings.integer("block_size", 32, 1, INT32_MAX);
  options.least_error = settings.choice("clip", "none", {"none", "mse"}) == "mse";
  MethodStep step;
  const bool blocks = options.granularity == "per_block";
  step.opset = blocks || bit_width(options.dtype) < 8 ? 8 : 6;
  step.opset_reason = blocks ? "scales of blocks" : dtype + " weights";
  step.apply = [options](Draft& draft) { return apply(draft, options); };
  return step;
}

}  // namespace

void register_method_quantize(MethodTable& table) {
  table.add({"quantize", "Values become 4- or 8-bit integers with scales", make});
}

}  // namespace anemone
