// SPDX-License-Identifier: Apache-2.0
#include "placement/place.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "placement/why_not.h"

namespace anemone {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kBusyGpu = 2;  // a guess: half of the GPU is left

Unit unit_of(Backend backend) {
  return backend == Backend::kAne ? Unit::kAne : backend == Backend::kGpu ? Unit::kGpu : Unit::kCpu;
}

bool allows(ComputeUnits units, Unit unit) {
  if (unit == Unit::kCpu || units == ComputeUnits::kAll) return true;
  return units == (unit == Unit::kAne ? ComputeUnits::kCpuAndNe : ComputeUnits::kCpuAndGpu);
}

// Ops that execute, nested ones after the op that holds them.
void collect(const Block& block, bool nested, std::vector<std::pair<const Op*, bool>>& ops) {
  for (const OpPtr& op : block.ops) {
    if (is_executed(*op)) ops.emplace_back(op.get(), nested);
    for (const Block& inner : op->blocks) collect(inner, true, ops);
  }
}

class Placer {
 public:
  Placer(const Program& program, const Function& function, const WeightSizes& weights, const PlaceOptions& options)
      : options_(options),
        graph_(function),
        types_(graph_),
        rates_(options.rates ? *options.rates : options.target.rates()),
        transitions_(Transitions::of(rates_.plan)) {
    result_.function = &function;
    result_.name = function.name;
    result_.gate =
        options.gate ? options.gate : closed_gate(program, function, weights, options.target, options.without);
  }

  PlacedFunction run() {
    std::vector<std::pair<const Op*, bool>> ops;
    collect(result_.function->body, false, ops);
    for (const auto& [op, nested] : ops) judge(*op, nested);
    choose();
    explain_absences(result_, plan_ops_, transitions_, options_.units);
    return std::move(result_);
  }

 private:
  void judge(const Op& op, bool nested) {
    const OpView view(op, graph_, types_, nested);
    PlacedOp placed;
    placed.op = &op;
    placed.index = static_cast<int>(result_.ops.size());
    placed.off_ane = refusal(view, Unit::kAne, options_.target, options_.without);
    if (!placed.off_ane) placed.off_ane = result_.gate;
    placed.off_gpu = refusal(view, Unit::kGpu, options_.target, options_.without);
    placed.supported[static_cast<size_t>(Unit::kCpu)] = true;
    placed.supported[static_cast<size_t>(Unit::kGpu)] = allows(options_.units, Unit::kGpu) && !placed.off_gpu;
    placed.supported[static_cast<size_t>(Unit::kAne)] = allows(options_.units, Unit::kAne) && !placed.off_ane;
    placed.work = estimate_table().work(view);
    placed.ms = estimate(placed.work, rates_);
    if (options_.gpu_busy) placed.ms[static_cast<size_t>(Backend::kGpu)] *= kBusyGpu;
    use_given(placed);
    plan_ops_.push_back(plan_op(placed, view));
    result_.ops.push_back(std::move(placed));
  }

  void use_given(PlacedOp& placed) const {
    const auto given = options_.estimates.find(placed.index);
    if (given == options_.estimates.end()) return;
    for (const auto& [backend, ms] : given->second) placed.ms[static_cast<size_t>(backend)] = ms;
  }

  PlanOp plan_op(const PlacedOp& placed, const OpView& view) const {
    PlanOp op;
    for (size_t b = 0; b < kBackends; ++b) {
      const Unit unit = unit_of(static_cast<Backend>(b));
      op.ms[b] = placed.supported[static_cast<size_t>(unit)] ? placed.ms[b] : kInfinity;
    }
    for (const Output& output : view.op().outputs) op.makes_output |= graph_.is_function_output(output.id);
    return op;
  }

  void choose() {
    const Plan plan = cheapest_plan(plan_ops_, transitions_);
    result_.planned_ms = plan.total;
    double sum = 0;
    for (size_t i = 0; i < result_.ops.size(); ++i) {
      PlacedOp& op = result_.ops[i];
      op.backend = plan.chosen[i];
      op.preferred = unit_of(op.backend);
      for (const Unit unit : {Unit::kCpu, Unit::kGpu, Unit::kAne})
        if (unit != op.preferred && ties(plan.optimal[i], unit)) op.ties.push_back(unit);
      sum += op.ms[static_cast<size_t>(op.backend)];
      extend_segments(op);
    }
    for (PlacedOp& op : result_.ops) op.weight = sum > 0 ? op.ms[static_cast<size_t>(op.backend)] / sum : 0;
  }

  static bool ties(uint8_t optimal, Unit unit) {
    for (size_t b = 0; b < kBackends; ++b)
      if ((optimal & (1U << b)) && unit_of(static_cast<Backend>(b)) == unit) return true;
    return false;
  }

  void extend_segments(const PlacedOp& op) {
    if (result_.segments.empty() || result_.segments.back().unit != op.preferred)
      result_.segments.push_back({op.preferred, op.index, op.index, 0});
    result_.segments.back().last = op.index;
    result_.segments.back().ms += op.ms[static_cast<size_t>(op.backend)];
  }

  const PlaceOptions& options_;
  const Graph graph_;
  const FunctionTypes types_;
  const Rates rates_;
  const Transitions transitions_;
  std::vector<PlanOp> plan_ops_;
  PlacedFunction result_;
};

}  // namespace

std::optional<ComputeUnits> compute_units_from(std::string_view name) {
  for (const ComputeUnits units :
       {ComputeUnits::kAll, ComputeUnits::kCpuAndNe, ComputeUnits::kCpuAndGpu, ComputeUnits::kCpuOnly})
    if (name_of(units) == name) return units;
  return std::nullopt;
}

std::string_view name_of(ComputeUnits units) {
  constexpr std::string_view kNames[] = {"ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY"};
  return kNames[static_cast<size_t>(units)];
}

double PlacedOp::unit_ms(Unit unit) const {
  if (unit == Unit::kAne) return ms[static_cast<size_t>(Backend::kAne)];
  if (unit == Unit::kGpu) return ms[static_cast<size_t>(Backend::kGpu)];
  return std::min(ms[static_cast<size_t>(Backend::kBnns)], ms[static_cast<size_t>(Backend::kClassic)]);
}

OpSupport support(const OpView& op, const Target& target) {
  OpSupport result;
  for (const Unit unit : {Unit::kCpu, Unit::kGpu, Unit::kAne}) {
    const auto i = static_cast<size_t>(unit);
    result.refusals[i] = refusal(op, unit, target);
    result.units[i] = !result.refusals[i];
  }
  return result;
}

BackendCosts cost(const OpView& op, const Target& target) {
  return estimate(estimate_table().work(op), target.rates());
}

PlacedFunction place(const Program& program, const Function& function, const WeightSizes& weights,
                     const PlaceOptions& options) {
  return Placer(program, function, weights, options).run();
}

}  // namespace anemone
