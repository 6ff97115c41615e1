// SPDX-License-Identifier: Apache-2.0
#include "placement/why_not.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

bool allows_ane(ComputeUnits units) { return units == ComputeUnits::kAll || units == ComputeUnits::kCpuAndNe; }

// A stretch [first, last] of ops that could run on the Neural Engine and do not.
class Stretch {
 public:
  Stretch(const PlacedFunction& placed, const std::vector<PlanOp>& ops, const Transitions& transitions, size_t first,
          size_t last)
      : placed_(placed), ops_(ops), transitions_(transitions), first_(first), last_(last) {}

  Verdict verdict() const {
    const double saved = time(false) - time(true);
    const double extra = prices(true) - prices(false);
    const bool gpu = placed_.ops[first_].preferred == Unit::kGpu;
    const Rule& rule = rule_table().get(gpu || saved <= 0 ? "ANE099" : "ANE098");
    const std::string who = first_ == last_ ? "this op" : fmt::format("these {} ops", last_ - first_ + 1);
    if (saved <= 0)
      return {&rule, fmt::format("{} would take {} ms there and take {} ms on the {}", who, ms(time(true)),
                                 ms(time(false)), gpu ? "GPU" : "CPU")};
    return {&rule, fmt::format("{} would save {} ms there, and going there costs {} ms more{}", who, ms(saved),
                               ms(extra), neighbours())};
  }

 private:
  static std::string ms(double value) { return fmt::format("{:.4g}", value); }

  double time(bool on_ane) const {
    double sum = 0;
    for (size_t i = first_; i <= last_; ++i)
      sum += ops_[i].ms[static_cast<size_t>(on_ane ? Backend::kAne : placed_.ops[i].backend)];
    return sum;
  }

  // Fixed prices of entering, running through and leaving the stretch.
  double prices(bool on_ane) const {
    const auto backend = [&](size_t i) {
      const bool inside = i >= first_ && i <= last_;
      return static_cast<size_t>(inside && on_ane ? Backend::kAne : placed_.ops[i].backend);
    };
    double sum = first_ == 0 ? transitions_.start[backend(0)] : 0;
    for (size_t i = std::max<size_t>(first_, 1); i <= last_ + 1 && i < ops_.size(); ++i)
      sum += transitions_.change[backend(i - 1)][backend(i)];
    for (size_t i = first_; i <= last_; ++i)
      if (ops_[i].makes_output) sum += transitions_.output[backend(i)];
    return sum;
  }

  // The refused ops that end the stretch.
  std::string neighbours() const {
    std::vector<std::string> found;
    const auto look = [&](size_t i) {
      const PlacedOp& op = placed_.ops[i];
      if (op.off_ane) found.push_back(fmt::format("{} ({})", op.op->type, op.off_ane->rule->code));
    };
    if (first_ > 0) look(first_ - 1);
    if (last_ + 1 < placed_.ops.size()) look(last_ + 1);
    if (found.empty()) return "";
    return fmt::format("; next to {}", found.size() == 2 ? found[0] + " and " + found[1] : found[0]);
  }

  const PlacedFunction& placed_;
  const std::vector<PlanOp>& ops_;
  const Transitions& transitions_;
  size_t first_;
  size_t last_;
};

}  // namespace

void explain_absences(PlacedFunction& placed, const std::vector<PlanOp>& ops, const Transitions& transitions,
                      ComputeUnits units) {
  if (!allows_ane(units)) {
    const Rule& rule = rule_table().get("ANE097");
    for (PlacedOp& op : placed.ops)
      if (!op.off_ane) op.off_ane = Verdict{&rule, rule.reason};
    return;
  }
  std::vector<std::optional<Verdict>> verdicts(placed.ops.size());
  const auto absent = [&](size_t i) {
    const PlacedOp& op = placed.ops[i];
    return op.preferred != Unit::kAne && !op.off_ane;
  };
  for (size_t first = 0; first < placed.ops.size(); ++first) {
    if (!absent(first)) continue;
    size_t last = first;
    while (last + 1 < placed.ops.size() && absent(last + 1) &&
           placed.ops[last + 1].preferred == placed.ops[first].preferred)
      ++last;
    const Verdict verdict = Stretch(placed, ops, transitions, first, last).verdict();
    for (size_t i = first; i <= last; ++i) verdicts[i] = verdict;
    first = last;
  }
  for (size_t i = 0; i < verdicts.size(); ++i)
    if (verdicts[i]) placed.ops[i].off_ane = std::move(verdicts[i]);
}

}  // namespace anemone
