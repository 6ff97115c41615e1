// SPDX-License-Identifier: Apache-2.0
// avg_pool, max_pool, l2_pool over the spatial axes of [N, C, spatial...]. Padding counts in an average's divisor
// unless exclude_padding_from_average; it never wins a maximum. Sums are float64 in order of the taps.
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/window.h"

namespace anemone {
namespace {

void check_ceil_mode(const Arguments& args, const WindowRule& rule, int max_rank) {
  const Type& x = args.type("x");
  if (x.rank() < 3 || x.rank() > max_rank) fail("x has rank {}, expected 3 to {}", x.rank(), max_rank);
  if (!args.flag("ceil_mode")) return;
  if (x.rank() > 4) fail("ceil_mode needs 1 or 2 spatial axes");
  if (rule.pad_type == "same") fail("ceil_mode cannot be used with pad_type same");
  for (size_t i = 0; i < rule.pad.size(); i += 2) {
    if (rule.pad[i] != rule.pad[i + 1]) fail("ceil_mode needs the same padding on both sides");
  }
}

std::vector<Type> infer(const Arguments& args, int max_rank) {
  const Type& x = args.type("x");
  if (!x.ranked) return {x};
  const size_t spatial = x.shape.size() < 2 ? 0 : x.shape.size() - 2;
  const WindowRule rule(args, spatial);
  check_ceil_mode(args, rule, max_rank);
  const auto kernel = pool_kernel(args, spatial);
  Shape shape = x.shape;
  for (size_t i = 0; i < spatial; ++i) {
    shape[2 + i] = window_output(x.shape[2 + i], kernel[i], rule, i, args.flag("ceil_mode"));
  }
  return {Type::tensor(x.dtype, shape)};
}

struct Pool {
  double start;
  double (*add)(double sum, double value);
  double (*finish)(double sum, double count);
  bool counts_padding = false;
};

float pooled(const Pool& pool, const float* plane, const Windows& windows, const WindowSpan& depth,
             const WindowSpan& height, const WindowSpan& width) {
  double sum = pool.start;
  for (int64_t z = depth.first; z < depth.end; ++z) {
    for (int64_t y = height.first; y < height.end; ++y) {
      const float* line = plane + (z * windows.axes[1].in + y) * windows.axes[2].in;
      for (int64_t x = width.first; x < width.end; ++x) sum = pool.add(sum, static_cast<double>(line[x]));
    }
  }
  const int64_t count = pool.counts_padding ? depth.padded * height.padded * width.padded
                                            : depth.count() * height.count() * width.count();
  return static_cast<float>(pool.finish(sum, static_cast<double>(count)));
}

void run(const Arguments& args, Results& results, const Pool& pool) {
  const Tensor& x = args.tensor("x");
  const Windows windows = pool_windows(args, x.shape());
  const auto& [depth, height, width] = windows.axes;
  ConcreteShape shape = x.shape();
  for (size_t i = 2; i < shape.size(); ++i) shape[i] = windows.axes[i + 3 - shape.size()].out;
  Tensor& y = results.allocate(0, shape, DType::kFloat32);
  const int64_t planes = shape[0] * shape[1];
  parallel_for(results.threads(), planes, 1, [&, &d = depth, &h = height, &w = width](int64_t begin, int64_t end) {
    const float* plane = x.as<float>().data() + begin * windows.inputs();
    float* to = y.as<float>().data() + begin * windows.outputs();
    for (int64_t i = begin; i < end; ++i, plane += windows.inputs()) {
      for (int64_t oz = 0; oz < d.out; ++oz) {
        for (int64_t oy = 0; oy < h.out; ++oy) {
          for (int64_t ox = 0; ox < w.out; ++ox) *to++ = pooled(pool, plane, windows, {d, oz}, {h, oy}, {w, ox});
        }
      }
    }
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  double taps = 1;
  for (const int64_t size : args.integers("kernel_sizes")) taps *= static_cast<double>(size);
  return cost_of(args, outputs, taps * elements(outputs[0]));
}

double add(double sum, double value) { return sum + value; }
double add_square(double sum, double value) { return sum + value * value; }
double larger(double best, double value) { return value > best || std::isnan(value) ? value : best; }  // a NaN wins
double mean(double sum, double count) { return sum / count; }
double root(double sum, double) { return std::sqrt(sum); }
double itself(double best, double) { return best; }

OpDefinition pool_op(const char* name, int max_rank, Pool pool) {
  OpDefinition op;
  op.name = name;
  const bool is_average = pool.finish == mean;
  const std::string text =
      "x: T=fp16|fp32, kernel_sizes: int32 const, strides: int32 const ?, pad_type: string const, "
      "pad: int32 const ?, ceil_mode: bool const = false";
  const std::string exclude = "exclude_padding_from_average: bool const = false, ";
  op.signatures = {signature(5, is_average ? exclude + text : text)};
  op.infer = [max_rank](const Arguments& args) { return infer(args, max_rank); };
  op.evaluate = [pool, is_average](const Arguments& args, Results& results) {
    Pool chosen = pool;
    chosen.counts_padding = is_average && !args.flag("exclude_padding_from_average");
    run(args, results, chosen);
  };
  op.cost = cost;
  return op;
}

Arg line() { return {"x", floats({1, 1, 5}, {1, 5, 2, -3, 4})}; }

OpDefinition average() {
  OpDefinition op = pool_op("avg_pool", 5, {0, add, mean});
  const Arg two{"kernel_sizes", {2}};
  const Arg padded{"pad_type", "custom"};
  op.samples = {
      {{line(), two, {"pad_type", "valid"}}, {floats({1, 1, 4}, {3, 3.5F, -0.5F, 0.5F})}, "by hand"},
      {{line(), two, {"strides", {2}}, padded, {"pad", {1, 0}}}, {floats({1, 1, 3}, {0.5F, 3.5F, 0.5F})}, "by hand"},
      {{line(), two, {"strides", {2}}, padded, {"pad", {1, 0}}, {"exclude_padding_from_average", true}},
       {floats({1, 1, 3}, {1, 3.5F, 0.5F})},
       "by hand"},
      {{line(), two, {"strides", {2}}, {"pad_type", "valid"}, {"ceil_mode", true}},
       {floats({1, 1, 3}, {3, -0.5F, 4})},
       "PyTorch 2.13"},
  };
  return op;
}

OpDefinition maximum() {
  OpDefinition op = pool_op("max_pool", 5, {-std::numeric_limits<double>::infinity(), larger, itself});
  op.samples = {
      {{line(), {"kernel_sizes", {3}}, {"strides", {2}}, {"pad_type", "same"}},
       {floats({1, 1, 3}, {5, 5, 4})},
       "by hand"},
      {{{"x", floats({1, 1, 4}, {NAN, 1, 2, 3})}, {"kernel_sizes", {2}}, {"pad_type", "valid"}},
       {floats({1, 1, 3}, {NAN, 2, 3})},
       "PyTorch 2.13: a NaN wins"},
      {{{"x", floats({1, 1, 2, 3}, {-1, -2, -3, -4, -5, -6})}, {"kernel_sizes", {2, 2}}, {"pad_type", "same_lower"}},
       {floats({1, 1, 2, 3}, {-1, -1, -2, -1, -1, -2})},
       "by hand",
       1e-6,
       6},
  };
  return op;
}

OpDefinition euclidean() {
  OpDefinition op = pool_op("l2_pool", 4, {0, add_square, root});
  op.samples = {{{{"x", floats({1, 1, 1, 4}, {3, 4, 5, 12})},
                  {"kernel_sizes", {1, 2}},
                  {"strides", {1, 2}},
                  {"pad_type", "valid"}},
                 {floats({1, 1, 1, 2}, {5, 13})},
                 "by hand"}};
  return op;
}

}  // namespace

void register_op_pool(OpTable& table) {
  table.add(average());
  table.add(maximum());
  table.add(euclidean());
}

}  // namespace anemone
