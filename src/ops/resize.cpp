// SPDX-License-Identifier: Apache-2.0
// resize_bilinear, resize_nearest_neighbor (last two axes to given sizes) and resize (any number of last axes to a
// computed shape, where 0 keeps a size). Nearest `resize` rounds the positions of its sampling grid, halves up.
#include <cmath>

#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"
#include "ops/shared/sampling.h"

namespace anemone {
namespace {

int64_t target_size(const Arguments& args, const char* name) {
  const int64_t size = args.integer(name);
  if (size < 1) fail("{} is {}", name, size);
  return size;
}

std::vector<Type> infer_targets(const Arguments& args) {
  const Type& x = args.type("x");
  if (args.op().type == "resize_bilinear") sampling_mode(args.text("sampling_mode"));
  if (!x.ranked) return {x};
  if (x.rank() < 3) fail("x has rank {}, expected at least 3", x.rank());
  Shape shape = x.shape;
  shape[shape.size() - 2] = target_size(args, "target_size_height");
  shape.back() = target_size(args, "target_size_width");
  return {Type::tensor(x.dtype, shape)};
}

std::vector<int64_t> repeated(int64_t in, int64_t out) {
  std::vector<int64_t> positions(static_cast<size_t>(out));
  for (int64_t o = 0; o < out; ++o) positions[static_cast<size_t>(o)] = o * in / out;
  return positions;
}

std::vector<double> grid(SamplingMode mode, const Tensor& x, int axis, int64_t out) {
  const int64_t in = x.shape()[static_cast<size_t>(axis)];
  return sampling_positions(mode, 0, static_cast<double>(in) - 1, out);
}

void run_nearest(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  resample_planes_nearest(x, repeated(x.shape().end()[-2], target_size(args, "target_size_height")),
                          repeated(x.shape().back(), target_size(args, "target_size_width")), results);
}

void run_bilinear(const Arguments& args, Results& results) {
  const SamplingMode mode = sampling_mode(args.text("sampling_mode"));
  Tensor y = args.tensor("x");
  y = resampled_linear(y, y.rank() - 2, grid(mode, y, y.rank() - 2, target_size(args, "target_size_height")),
                       results.threads());
  y = resampled_linear(y, y.rank() - 1, grid(mode, y, y.rank() - 1, target_size(args, "target_size_width")),
                       results.threads());
  results.set(0, y);
}

bool is_nearest(const Arguments& args) {
  const std::string mode = args.text("interpolation_mode");
  if (mode != "LINEAR" && mode != "NEAREST_NEIGHBOR") fail("interpolation_mode {} is not known", mode);
  return mode == "NEAREST_NEIGHBOR";
}

// Sizes of the last axes as `shape` gives them; 0 stands for the present size, and the axis is sampled all the same.
std::vector<int64_t> wanted_sizes(const std::vector<int64_t>& shape, int64_t count) {
  if (count > static_cast<int64_t>(shape.size())) {
    fail("resized_dims is {}, but shape has {} elements", count, shape.size());
  }
  std::vector<int64_t> sizes(shape.end() - count, shape.end());
  for (const int64_t size : sizes) {
    if (size < 0) fail("shape contains {}", size);
  }
  return sizes;
}

std::vector<Type> infer_resize(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& target = args.type("shape");
  sampling_mode(args.text("sampling_mode"));
  is_nearest(args);
  if (target.ranked && target.rank() != 1) fail("shape has rank {}, expected 1", target.rank());
  if (!x.ranked) return {x};
  const int64_t count = args.integer("resized_dims");
  if (count < 0 || count > x.rank()) fail("resized_dims is {} for rank {}", count, x.rank());
  const auto known = args.known_integers("shape");
  if (known && known->size() > x.shape.size()) fail("shape has {} elements for rank {}", known->size(), x.rank());
  Shape shape = x.shape;
  const size_t first = shape.size() - static_cast<size_t>(count);
  for (size_t i = first; i < shape.size() && !known; ++i) shape[i] = Dim::unknown();
  if (known) {
    const auto sizes = wanted_sizes(*known, count);
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] != 0) shape[first + i] = sizes[i];
    }
  }
  return {Type::tensor(x.dtype, shape)};
}

std::vector<int64_t> rounded(const std::vector<double>& positions) {
  std::vector<int64_t> result;
  for (const double position : positions) result.push_back(static_cast<int64_t>(std::floor(position + 0.5)));
  return result;
}

void run_resize(const Arguments& args, Results& results) {
  const SamplingMode mode = sampling_mode(args.text("sampling_mode"));
  const Tensor& x = args.tensor("x");
  const bool nearest = is_nearest(args);
  const auto sizes = wanted_sizes(args.integers("shape"), args.integer("resized_dims"));
  if (sizes.size() > x.shape().size()) fail("resized_dims is {} for rank {}", sizes.size(), x.rank());
  Tensor y = nearest ? x : as_float(x);
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int axis = y.rank() - static_cast<int>(sizes.size() - i);
    const int64_t size = sizes[i] != 0 ? sizes[i] : y.shape()[static_cast<size_t>(axis)];
    const auto positions = grid(mode, y, axis, size);
    if (nearest) {
      y = resampled_nearest(y, axis, rounded(positions), results.threads());
    } else {
      y = resampled_linear(y, axis, positions, results.threads());
    }
  }
  results.set(0, y.dtype() == x.dtype() ? y : converted(y, x.dtype()));
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 8 * elements(outputs[0]));
}

OpDefinition bilinear() {
  OpDefinition op;
  op.name = "resize_bilinear";
  op.signatures = {signature(5,
                             "x: T=fp16|fp32, target_size_height: int32 const = 1, "
                             "target_size_width: int32 const = 1, sampling_mode: string const = DEFAULT")};
  op.infer = infer_targets;
  op.evaluate = run_bilinear;
  op.cost = cost;
  // Grids from coremltools' description of the sampling modes, for an axis that holds its own positions.
  const auto sample = [](const char* mode, int width, const std::vector<float>& expected) {
    return Sample{{{"x", floats({1, 1, 2}, {0, 1})}, {"target_size_width", width}, {"sampling_mode", mode}},
                  {floats({1, 1, width}, expected)},
                  "coremltools 9, description of resize_bilinear"};
  };
  op.samples = {
      sample("UNALIGN_CORNERS", 5, {0, 0.1F, 0.5F, 0.9F, 1}),
      sample("STRICT_ALIGN_CORNERS", 5, {0, 0.25F, 0.5F, 0.75F, 1}),
      sample("STRICT_ALIGN_CORNERS", 1, {0}),
      sample("ALIGN_CORNERS", 1, {0.5F}),
      sample("DEFAULT", 5, {0, 0.4F, 0.8F, 1, 1}),
      sample("OFFSET_CORNERS", 5, {0.1F, 0.3F, 0.5F, 0.7F, 0.9F}),
  };
  return op;
}

OpDefinition nearest() {
  OpDefinition op;
  op.name = "resize_nearest_neighbor";
  op.signatures = {signature(5, "x: T=fp16|fp32, target_size_height: int32 const, target_size_width: int32 const")};
  op.infer = infer_targets;
  op.evaluate = run_nearest;
  op.samples = {{{{"x", floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})}, {"target_size_height", 1}, {"target_size_width", 5}},
                 {floats({1, 1, 5}, {1, 1, 2, 2, 3})},
                 "PyTorch 2.13"}};
  return op;
}

OpDefinition resize() {
  OpDefinition op;
  op.name = "resize";
  op.signatures = {signature(7,
                             "x: T=fp16|fp32|int32, shape: U=int32|int16|uint16|uint32, resized_dims: uint32 const, "
                             "interpolation_mode: string const = LINEAR, sampling_mode: string const = DEFAULT")};
  op.infer = infer_resize;
  op.evaluate = run_resize;
  op.cost = cost;
  const Arg one{"resized_dims", ints({}, {1}, DType::kUInt32)};
  op.samples = {
      {{{"x", floats({2, 2}, {0, 1, 4, 8})}, {"shape", {7, 4}}, one},
       {floats({2, 4}, {0, 0.5F, 1, 1, 4, 6, 8, 8})},
       "by hand"},
      {{{"x", ints({3}, {5, 6, 7})}, {"shape", {5}}, one, {"interpolation_mode", "NEAREST_NEIGHBOR"}},
       {ints({5}, {5, 6, 6, 7, 7})},
       "by hand"},
      {{{"x", floats({1, 2}, {3, 4})}, {"shape", {5, 0}}, {"resized_dims", ints({}, {2}, DType::kUInt32)}},
       {floats({5, 2}, {3, 4, 3, 4, 3, 4, 3, 4, 3, 4})},
       "by hand"},
      {{{"x", floats({3}, {0, 3, 6})}, {"shape", {0}}, one, {"sampling_mode", "OFFSET_CORNERS"}},
       {floats({3}, {1, 3, 5})},
       "by hand"},
  };
  return op;
}

}  // namespace

void register_op_resize(OpTable& table) {
  table.add(bilinear());
  table.add(nearest());
  table.add(resize());
}

}  // namespace anemone
