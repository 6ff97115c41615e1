// SPDX-License-Identifier: Apache-2.0
// random_uniform, random_normal, random_bernoulli and random_categorical. The same seed gives the same tensor; seed -1
// takes one from the run.
#include <algorithm>

#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/random.h"

namespace anemone {
namespace {

// The element type of the distribution's parameters; fp32 when none is given.
DType result_type(const Arguments& args, const std::vector<std::string>& parameters) {
  for (const std::string& name : parameters)
    if (args.has(name)) return args.type(name).dtype;
  return DType::kFloat32;
}

std::vector<Type> infer_shape(const Arguments& args, DType dtype) {
  const Type& shape = args.type("shape");
  if (shape.ranked && shape.rank() != 1) fail("shape has rank {}, expected 1", shape.rank());
  if (const auto known = args.known_integers("shape")) {
    for (const int64_t size : *known)
      if (size < 0) fail("shape contains {}", size);
    product(*known);
    return {Type::tensor(dtype, *known)};
  }
  if (!shape.is_concrete()) return {Type::unranked(dtype)};
  return {Type::tensor(dtype, Shape(static_cast<size_t>(shape.element_count()), Dim::unknown()))};
}

// Fills a new tensor with draw(random bits, first parameter, second parameter).
using Draw = double (*)(RandomBits&, double, double);

void add(OpTable& table, const char* name, const std::vector<std::string>& parameters, const std::string& defaults,
         Draw draw, Sample sample) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(5, "shape: int32, " + defaults + ", seed: int32 const = -1")};
  op.infer = [parameters](const Arguments& args) {
    for (const std::string& parameter : parameters)
      if (args.has(parameter)) expect_scalar(args, parameter);
    return infer_shape(args, result_type(args, parameters));
  };
  op.evaluate = [parameters, draw](const Arguments& args, Results& results) {
    RandomBits bits(args, results);
    const double first = args.number(parameters.front());
    const double second = args.number(parameters.back());
    Tensor& y = results.allocate(0, args.integers("shape"), DType::kFloat32);
    for (float& value : y.as<float>()) value = static_cast<float>(draw(bits, first, second));
  };
  op.deterministic = false;
  op.samples = {std::move(sample)};
  table.add(std::move(op));
}

std::vector<Type> infer_categorical(const Arguments& args) {
  const Type& x = args.type("x");
  const std::string mode = args.text("mode");
  if (mode != "logits" && mode != "probs") fail("mode is {}, expected logits or probs", mode);
  if (args.integer("size") < 0) fail("size is {}", args.integer("size"));
  if (!x.ranked) return {x};
  if (x.rank() == 0) fail("x is a scalar");
  Type result = x;
  result.shape.back() = args.integer("size");
  return {result};
}

// Running sums of the probabilities of one row.
std::vector<double> cumulative(const float* row, size_t count, bool logits) {
  std::vector<double> sums(row, row + count);
  if (logits) {
    const double high = *std::max_element(sums.begin(), sums.end());
    for (double& value : sums) value = std::exp(value - high);
  }
  for (size_t i = 1; i < count; ++i) sums[i] += sums[i - 1];
  return sums;
}

void run_categorical(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const auto classes = static_cast<size_t>(x.shape().back());
  const auto draws = static_cast<size_t>(args.integer("size"));
  Tensor& y = results.allocate(0, infer_categorical(args)[0].concrete(), DType::kFloat32);
  auto to = y.as<float>();
  if (to.empty()) return;
  if (classes == 0) fail("there are no classes to draw from");
  RandomBits bits(args, results);
  for (size_t row = 0; row * draws < to.size(); ++row) {
    const auto sums = cumulative(x.as<float>().data() + row * classes, classes, args.text("mode") == "logits");
    for (size_t i = 0; i < draws; ++i) {
      const auto found = std::upper_bound(sums.begin(), sums.end(), bits.uniform() * sums.back());
      to[row * draws + i] = static_cast<float>(std::min<ptrdiff_t>(found - sums.begin(), std::ssize(sums) - 1));
    }
  }
}

void add_categorical(OpTable& table) {
  OpDefinition op;
  op.name = "random_categorical";
  op.signatures = {
      signature(5, "x: T=fp16|fp32, mode: string const = logits, size: int32 const = 1, seed: int32 const = -1")};
  op.infer = infer_categorical;
  op.evaluate = run_categorical;
  op.deterministic = false;
  op.samples = {{{{"x", floats({2, 3}, {0, 1, 0, 0, 0, 1})}, {"mode", "probs"}, {"size", 2}},
                 {floats({2, 2}, {1, 1, 2, 2})},
                 "by hand: only one class is possible",
                 0,
                 0}};
  table.add(std::move(op));
}

Sample degenerate(const Arg& first, const Arg& second, float value) {
  return {{{"shape", {2}}, first, second}, {floats({2}, {value, value})}, "by hand: only one value is possible", 0, 0};
}

}  // namespace

void register_op_random(OpTable& table) {
  add(
      table, "random_uniform", {"low", "high"}, "low: T=fp16|fp32 const = 0.0, high: T const = 1.0",
      [](RandomBits& bits, double low, double high) { return low + (high - low) * bits.uniform(); },
      degenerate({"low", Constant::of(3.0F)}, {"high", Constant::of(3.0F)}, 3));
  add(
      table, "random_normal", {"mean", "stddev"}, "mean: T=fp16|fp32 const = 0.0, stddev: T const = 1.0",
      [](RandomBits& bits, double mean, double deviation) { return mean + deviation * bits.normal(); },
      degenerate({"mean", Constant::of(-2.0F)}, {"stddev", Constant::of(0.0F)}, -2));
  add(
      table, "random_bernoulli", {"prob"}, "prob: T=fp16|fp32 const = 0.5",
      [](RandomBits& bits, double prob, double) { return bits.uniform() < prob ? 1.0 : 0.0; },
      degenerate({"prob", Constant::of(1.0F)}, {"seed", 7}, 1));
  add_categorical(table);
}

}  // namespace anemone
