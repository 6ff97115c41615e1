// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/function.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "base/half.h"
#include "kernels/ane/half.h"
#include "kernels/ane/lookup.h"

namespace anemone::kernels::ane {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kInf = std::numeric_limits<double>::infinity();

// A step on the way: rounded, and read again.
double half(double value) { return static_cast<double>(decoded(round_away(static_cast<float>(value)))); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }
double gelu(double x) { return 0.5 * x * std::erfc(-x * kSqrtHalf); }
double rsqrt(double x) { return 1 / std::sqrt(x); }
double inverse(double x) { return 1 / x; }

// Beyond the last point a straight line of length `tail` goes on to where the function tends.
double beyond(double last, double tends_to, double distance, double tail) {
  return distance >= tail ? tends_to : last + (tends_to - last) * (distance / tail);
}

// Of a range around 0. Below it the function tends to 0; above it, to `upper` as fast.
double two_sided(const Lookup& table, double tail, double x, double upper) {
  if (x >= table.low() && x <= table.high()) return table.at(x);
  const double rest = beyond(table.at(table.low()), 0, std::abs(x) - table.high(), tail);
  if (x < 0) return rest;
  return upper == x ? x + rest : upper - rest;  // gelu and silu: f(x) = x + f(-x); sigmoid: f(x) = 1 - f(-x)
}

// Only the positive half is stored.
double odd(const Lookup& table, double tail, double x) {
  const double magnitude = std::abs(x);
  const double value =
      magnitude > table.high() ? beyond(table.at(magnitude), 1, magnitude - table.high(), tail) : table.at(magnitude);
  return std::copysign(value, x);
}

// A quarter of a period is stored.
double sine(double x) {
  static const Lookup table = Lookup::sampled([](double i) { return std::sin(i * kPi / 64); }, 0, 1, 33);
  const double periods = x / kPi;
  const double whole = std::floor(periods);
  const double fraction = std::min(periods - whole, 1 - (periods - whole));
  const double value = table.at(fraction * 64);
  return std::fmod(whole, 2) != 0 ? -value : value;
}

// 2^x: the whole part goes to the exponent.
double power_of_two(double x) {
  static const Lookup table = Lookup::sampled(std::exp2, 0, 1.0 / 32, 33);
  const double whole = std::floor(x);
  return std::ldexp(half(table.at(x - whole)), static_cast<int>(std::clamp(whole, -1000.0, 1000.0)));
}

double exponential(double x) {
  static const double log2_e = half(1 / std::log(2.0));
  return power_of_two(half(x * log2_e));
}

// The table covers [0.5, 1); the exponent is added, the sum times ln 2.
double logarithm(double x) {
  static const Lookup table = Lookup::sampled(std::log2, 0.5, 1.0 / 64, 33);
  static const double ln_2 = half(std::log(2.0));
  if (x <= 0) return -kInf;
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return half(exponent + half(table.at(mantissa))) * ln_2;
}

// Functions of x^(1/2): the table covers [0.5, 2), the rest of the exponent is even.
double by_even_exponent(const Lookup& table, double x, int sign) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (exponent % 2 != 0) {
    mantissa *= 2;
    --exponent;
  }
  return std::ldexp(table.at(mantissa), sign * exponent / 2);
}

double square_root(double x) {
  static const Lookup table = Lookup::sampled(std::sqrt, 0.5, 1.0 / 16, 25);
  return x <= 0 ? 0 : by_even_exponent(table, x, 1);
}

double inverse_root(double x) {
  static const Lookup table = Lookup::sampled(rsqrt, 0.5, 1.0 / 16, 25);
  return x <= 0 ? kInf : by_even_exponent(table, x, -1);
}

double reciprocal(double x) {
  static const Lookup table = Lookup::sampled(inverse, 0.5, 1.0 / 64, 33);
  if (x == 0) return std::copysign(kInf, x);
  int exponent = 0;
  const double mantissa = std::frexp(std::abs(x), &exponent);
  return std::copysign(std::ldexp(table.at(mantissa), -exponent), x);
}

// log(1 + e^x) on the accumulator: from 32768 on there is no number to take the logarithm of, and the result is 0.
double softplus(double x) {
  const double sum = half(1 + half(exponential(x)));
  return sum >= 32768 ? 0 : logarithm(sum);
}

// Before rounding, of a decoded half.
double unrounded(HalfFunction function, double x) {
  static const Lookup erf_table = Lookup::sampled(std::erf, 0, 1.0 / 16, 33);
  static const Lookup tanh_table = Lookup::sampled(std::tanh, 0, 1.0 / 8, 33);
  static const Lookup sigmoid_table = Lookup::sampled(sigmoid, -8, 0.5, 33);
  static const Lookup silu_table = Lookup::fitted(silu, -8, 0.5, 33);
  static const Lookup gelu_table = Lookup::fitted(gelu, -4, 0.25, 33);
  switch (function) {
    case HalfFunction::kCos:
      return sine(half(x + half(kPi / 2)));
    case HalfFunction::kErf:
      return odd(erf_table, 0.38, x);
    case HalfFunction::kExp:
      return exponential(x);
    case HalfFunction::kExp2:
      return power_of_two(x);
    case HalfFunction::kGelu:
      return two_sided(gelu_table, 0, x, x);
    case HalfFunction::kInverse:
      return reciprocal(x);
    case HalfFunction::kLog:
      return logarithm(x);
    case HalfFunction::kRsqrt:
      return inverse_root(x);
    case HalfFunction::kSigmoid:
      return two_sided(sigmoid_table, 1.9375, x, 1);
    case HalfFunction::kSilu:
      return two_sided(silu_table, 2.2, x, x);
    case HalfFunction::kSin:
      return sine(x);
    case HalfFunction::kSoftplus:
      return softplus(x);
    case HalfFunction::kSqrt:
      return square_root(x);
    case HalfFunction::kTanh:
      return odd(tanh_table, 0, x);
  }
  return 0;
}

}  // namespace

float evaluate(HalfFunction function, float x) {
  return round_away(static_cast<float>(unrounded(function, static_cast<double>(decoded(x)))));
}

HalfTable::HalfTable(const std::function<float(float)>& function) : results_(0x10000) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) results_[bits] = function(half_to_float(static_cast<uint16_t>(bits)));
}

const HalfTable& HalfTable::of(HalfFunction function) {
  static std::mutex mutex;
  static std::map<HalfFunction, std::unique_ptr<const HalfTable>> tables;
  const std::lock_guard<std::mutex> lock(mutex);
  auto& table = tables[function];
  if (!table) table = std::make_unique<const HalfTable>([&](float x) { return evaluate(function, x); });
  return *table;
}

float HalfTable::operator()(float x) const { return results_[float_to_half(x)]; }

void HalfTable::apply(const float* x, float* out, int64_t count) const {
  constexpr int64_t kBlock = 1024;
  std::array<uint16_t, kBlock> bits;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t size = std::min(kBlock, count - begin);
    float_to_half(x + begin, bits.data(), static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) out[begin + i] = results_[bits[static_cast<size_t>(i)]];
  }
}

}  // namespace anemone::kernels::ane
