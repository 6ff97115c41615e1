// SPDX-License-Identifier: Apache-2.0
#include "placement/plan.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"

namespace anemone {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTie = 1e-9;  // milliseconds: sums of the same terms in another order
constexpr std::array<size_t, kBackends> kPreference = {
    static_cast<size_t>(Backend::kAne), static_cast<size_t>(Backend::kBnns), static_cast<size_t>(Backend::kClassic),
    static_cast<size_t>(Backend::kGpu)};

double node(const PlanOp& op, size_t backend, const Transitions& transitions) {
  return op.ms[backend] + (op.makes_output ? transitions.output[backend] : 0);
}

using Row = std::array<double, kBackends>;

// rest[i][b]: the cheapest way through ops i, i + 1, … when op i runs on b.
std::vector<Row> cheapest_rest(const std::vector<PlanOp>& ops, const Transitions& transitions) {
  std::vector<Row> rest(ops.size());
  for (size_t i = ops.size(); i-- > 0;) {
    for (size_t b = 0; b < kBackends; ++b) {
      double after = i + 1 == ops.size() ? 0 : kInfinity;
      for (size_t next = 0; next < kBackends && i + 1 < ops.size(); ++next)
        after = std::min(after, transitions.change[b][next] + rest[i + 1][next]);
      rest[i][b] = node(ops[i], b, transitions) + after;
    }
  }
  return rest;
}

// The back ends that `cost` says are cheapest within rounding, as bits.
uint8_t cheapest(const Row& cost) {
  const double best = *std::min_element(cost.begin(), cost.end());
  uint8_t bits = 0;
  for (size_t b = 0; b < kBackends; ++b)
    if (cost[b] <= best + kTie) bits |= static_cast<uint8_t>(1U << b);
  return bits;
}

// The back end of the op before wins a tie.
Backend preferred(uint8_t bits, std::optional<Backend> before = std::nullopt) {
  if (before && (bits & (1U << static_cast<size_t>(*before)))) return *before;
  for (const size_t b : kPreference)
    if (bits & (1U << b)) return static_cast<Backend>(b);
  return Backend::kBnns;
}

}  // namespace

Transitions Transitions::of(const PlanCosts& costs) {
  const auto ane = static_cast<size_t>(Backend::kAne);
  const auto gpu = static_cast<size_t>(Backend::kGpu);
  const auto is_cpu = [&](size_t b) { return b != ane && b != gpu; };
  Transitions result;
  result.start[ane] = costs.ane_launch.value;
  result.start[gpu] = costs.gpu_launch.value;
  result.output[ane] = costs.ane_output.value;
  result.output[gpu] = costs.gpu_output.value;
  for (size_t from = 0; from < kBackends; ++from)
    for (size_t to = 0; to < kBackends; ++to) {
      if (from == to) continue;
      const bool touches_ane = from == ane || to == ane;
      const bool touches_gpu = from == gpu || to == gpu;
      const Figure& change = is_cpu(from) && is_cpu(to)   ? costs.cpu_cpu
                             : touches_ane && touches_gpu ? costs.ane_gpu
                             : touches_ane                ? costs.cpu_ane
                                                          : costs.cpu_gpu;
      result.change[from][to] = change.value + result.start[to];
    }
  return result;
}

Plan cheapest_plan(const std::vector<PlanOp>& ops, const Transitions& transitions) {
  Plan plan;
  if (ops.empty()) return plan;
  const std::vector<Row> rest = cheapest_rest(ops, transitions);
  Row here{};
  for (size_t b = 0; b < kBackends; ++b) here[b] = transitions.start[b] + rest[0][b];
  plan.total = *std::min_element(here.begin(), here.end());
  // `arrivals` are the back ends of the op before on some cheapest plan; the chosen one is followed separately.
  for (size_t i = 0; i < ops.size(); ++i) {
    uint8_t reachable = 0;
    if (i == 0) {
      reachable = cheapest(here);
      plan.chosen.push_back(preferred(reachable));
    } else {
      const auto step = [&](size_t from) {
        Row cost{};
        for (size_t b = 0; b < kBackends; ++b) cost[b] = transitions.change[from][b] + rest[i][b];
        return cheapest(cost);
      };
      for (size_t from = 0; from < kBackends; ++from)
        if (plan.optimal[i - 1] & (1U << from)) reachable |= step(from);
      plan.chosen.push_back(preferred(step(static_cast<size_t>(plan.chosen[i - 1])), plan.chosen[i - 1]));
    }
    plan.optimal.push_back(reachable);
  }
  return plan;
}

double price(const std::vector<PlanOp>& ops, const std::vector<Backend>& chosen, const Transitions& transitions) {
  CHECK(ops.size() == chosen.size());
  double total = 0;
  for (size_t i = 0; i < ops.size(); ++i) {
    const auto b = static_cast<size_t>(chosen[i]);
    total += node(ops[i], b, transitions);
    total += i == 0 ? transitions.start[b] : transitions.change[static_cast<size_t>(chosen[i - 1])][b];
  }
  return total;
}

}  // namespace anemone
