// SPDX-License-Identifier: Apache-2.0
#include "placement/totals.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "placement/op_view.h"

namespace anemone {
namespace {

// Wall time, as measured programs behave: a unit reaches a share of its peak, weights stream at a measured rate, and
// what does not stay on the chip moves through memory. The shares come from whole networks: ResNet-50, UNets and
// DistilBERT reach a fifth to two fifths of the engine's peak, GEMMs on GPU and CPU about two thirds of theirs.
constexpr double kAneShare = 0.35;
constexpr double kGpuShare = 0.6;
constexpr double kCpuShare = 0.6;
constexpr double kMemoryShare = 0.6;                      // of DRAM bandwidth, by GPU and CPU
constexpr double kOpMs[kUnits] = {0.002, 0.006, 0.0003};  // fixed cost of an op, by unit: cpu, gpu, ane
constexpr double kSpread = 2;                             // measured figures lie within a factor of two
constexpr double kDramPjPerByte = 46;                     // upper measure, 751K power.md
constexpr double kGpuPjPerFlop = 4.6;                     // ANEForge GEMMs, median of chips, package
constexpr double kCpuPjPerFlop = 5.3;
constexpr double kCompileMsPerOp = 1.5;  // 0.9 s for 1345 ops to 3.4 s for 1385
constexpr double kCompileSPerGb = 15;    // 113 s for 3.4 GB to 150 s for 1.6 GB, less what small models take
constexpr double kCompileSpread = 4;

Range spread(double value, double factor) { return {value, value / factor, value * factor}; }

struct OpTraffic {
  double flops = 0;
  double weights = 0;      // bytes of constants
  double activations = 0;  // bytes of what flows in and out
};

OpTraffic traffic_of(const OpView& op) {
  OpTraffic traffic;
  traffic.flops = flops_of(op);
  for (const Argument& argument : op.op().arguments)
    for (const Operand& operand : argument.operands)
      (op.is_fixed(operand) ? traffic.weights : traffic.activations) += bytes_of(op.type_of(operand));
  for (size_t i = 0; i < op.op().outputs.size(); ++i) traffic.activations += bytes_of(op.output(i));
  return traffic;
}

// Milliseconds of one op on a unit; NaN when a figure is not known.
double op_ms(const OpTraffic& traffic, Unit unit, const Chip& chip) {
  const double memory = chip.dram_gb_s.value * kMemoryShare * 1e6;
  const double bytes = traffic.weights + traffic.activations;
  const double fixed = kOpMs[static_cast<size_t>(unit)];
  if (unit == Unit::kGpu)
    return fixed + std::max(traffic.flops / (chip.gpu_tflops.value * kGpuShare * 1e9), bytes / memory);
  if (unit == Unit::kCpu) {
    const double flops = traffic.flops > 0 ? traffic.flops / (chip.cpu_tflops.value * kCpuShare * 1e9) : 0;
    return fixed + std::max(flops, bytes / memory);
  }
  const double stream = chip.ane_weights_gb_s.value * 1e6;
  const double on_chip = chip.on_chip_mb.value * 1e6;
  const double spilled = traffic.activations > on_chip ? traffic.activations - on_chip : 0;
  return fixed + std::max(traffic.flops / (chip.ane_tflops.value * kAneShare * 1e9), traffic.weights / stream) +
         spilled / stream;
}

double op_mj(const OpTraffic& traffic, Unit unit, const Chip& chip) {
  const double pj = unit == Unit::kAne   ? chip.ane_pj_per_flop.value
                    : unit == Unit::kGpu ? kGpuPjPerFlop
                                         : kCpuPjPerFlop;
  return (traffic.flops * pj + traffic.weights * kDramPjPerByte) * 1e-9;
}

// The largest sum of values that are alive at once. On the Neural Engine rows are padded to 64 bytes.
double largest_live(const PlacedFunction& function, const FunctionTypes& types) {
  std::unordered_map<ValueId, size_t> last_use;
  for (size_t i = 0; i < function.ops.size(); ++i)
    for (const Argument& argument : function.ops[i].op->arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) last_use[operand.value()] = i;
  const auto size = [&](ValueId value) {
    const Type& type = types.type(value);
    const double bytes = bytes_of(type);
    if (!type.is_tensor() || type.rank() == 0 || !type.shape.back().is_constant()) return bytes;
    const double row = static_cast<double>(type.shape.back().value()) * bit_width(type.dtype) / 8;
    return row > 0 ? bytes / row * std::ceil(row / 64) * 64 : bytes;
  };
  std::vector<double> dying(function.ops.size() + 1);
  double live = 0;
  double most = 0;
  for (size_t i = 0; i < function.ops.size(); ++i) {
    for (const Output& output : function.ops[i].op->outputs) {
      const auto used = last_use.find(output.id);
      live += size(output.id);
      if (used != last_use.end()) dying[used->second] += size(output.id);
    }
    most = std::max(most, live);
    live -= dying[i];
  }
  return most;
}

struct Sums {
  double ms = 0;
  double mj = 0;
  double live = 0;
};

Sums add_up(const PlacedFunction& function, const Chip& chip) {
  const Graph graph(*function.function);
  const FunctionTypes types(graph);
  Sums sums;
  for (const PlacedOp& op : function.ops) {
    const OpTraffic traffic = traffic_of(OpView(*op.op, graph, types, false));
    sums.ms += op_ms(traffic, op.preferred, chip);
    sums.mj += op_mj(traffic, op.preferred, chip);
  }
  for (const Segment& segment : function.segments) sums.ms += segment.unit == Unit::kCpu ? 0 : chip.ane_call_ms.value;
  sums.live = largest_live(function, types);
  return sums;
}

}  // namespace

Totals totals_of(const std::vector<PlacedFunction>& functions, const std::vector<WeightSizes>& weights,
                 const Target& target) {
  Totals totals;
  Sums largest;  // a call runs one function
  for (const PlacedFunction& function : functions) {
    for (const PlacedOp& op : function.ops) {
      ++totals.ops;
      ++(op.preferred == Unit::kAne ? totals.ane : op.preferred == Unit::kGpu ? totals.gpu : totals.cpu);
    }
    const Sums sums = add_up(function, *target.chip);
    if (!(sums.ms <= largest.ms)) largest = sums;
  }
  for (const WeightSizes& sizes : weights) totals.weights_mb += static_cast<double>(sizes.loaded) / 1e6;
  totals.memory_mb = totals.weights_mb + largest.live / 1e6;
  if (std::isfinite(largest.ms)) totals.latency_ms = spread(largest.ms, kSpread);
  if (std::isfinite(largest.mj)) totals.energy_mj = spread(largest.mj, kSpread);
  const double compile = totals.ane * kCompileMsPerOp / 1e3 + totals.weights_mb / 1e3 * kCompileSPerGb;
  if (totals.ane > 0) totals.first_load_s = spread(compile, kCompileSpread);
  return totals;
}

}  // namespace anemone
