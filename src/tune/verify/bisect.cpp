// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/bisect.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "ir/states.h"
#include "tune/compare.h"
#include "tune/verify/blame.h"

namespace anemone {
namespace {

using Pairs = std::vector<std::pair<ValueId, ValueId>>;

// What the two sides hand out: outputs by name (in order when no name is shared), and what they write last into states.
std::map<std::string, ValueId> results_of(const Side& side) {
  std::map<std::string, ValueId> results;
  for (const ValueId id : side.function().body.outputs)
    if (side.value(id)) results["output " + side.graph().name(id)] = id;
  const auto states = state_names(side.function());
  for (const Op* op : side.ops()) {
    const Operand* data = side.graph().operand(*op, "data");
    if (op->type != "write_state" || !data || !data->is_value() || !side.value(data->value())) continue;
    results["state " + states.at(op->id())] = data->value();
  }
  return results;
}

Pairs paired_results(const Side& got, const Side& want) {
  const auto mine = results_of(got);
  const auto theirs = results_of(want);
  Pairs pairs;
  for (const auto& [name, id] : mine)
    if (const auto other = theirs.find(name); other != theirs.end()) pairs.emplace_back(id, other->second);
  if (!pairs.empty()) return pairs;
  const auto& a = got.function().body.outputs;
  const auto& b = want.function().body.outputs;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (got.value(a[i]) && want.value(b[i])) pairs.emplace_back(a[i], b[i]);
  return pairs;
}

double error_of(const Side& got, const Side& want, const std::pair<ValueId, ValueId>& pair) {
  const Tensor& mine = *got.value(pair.first);
  const Tensor& theirs = *want.value(pair.second);
  return mine.size() == theirs.size() ? relative_error(mine, theirs, want.scale(pair.second)) : INFINITY;
}

double error_at(double psnr) { return std::pow(10, -psnr / 20); }

// Values whose error is above this are wrong. In float32 right values agree to about 1e-7, so that a fault shows long
// before it falls below the floor; but not so low that rounding, grown on its way, is taken for it.
double tolerance_for(const BisectRequest& request, double worst) {
  const bool exact = request.run.numerics == Numerics::kFloat32 && request.reference_run.numerics == Numerics::kFloat32;
  const double floor = error_at(request.floor);
  return exact ? std::min(floor, std::max(1e-6, 0.003 * worst)) : floor;
}

std::optional<double> psnr_of(const Side& got, const Side& want, const Blame& blame) {
  if (!blame.counterpart) return std::nullopt;
  const Tensor* mine = got.value(blame.op->id());
  const Tensor* theirs = want.value(blame.counterpart->id());
  if (!mine || !theirs) return std::nullopt;
  const Difference error = difference(*mine, *theirs);
  if (!error.same_shape || !error.finite) return std::nullopt;
  return error.psnr();
}

enum class Life : uint8_t { kLives, kUniform, kNotFinite };

Life life_of(const Tensor& value) {
  const auto all = value.as<float>();
  if (std::any_of(all.begin(), all.end(), [](float x) { return !std::isfinite(x); })) return Life::kNotFinite;
  const bool same = std::all_of(all.begin(), all.end(), [&](float x) { return x == all[0]; });
  return same && all.size() > 1 ? Life::kUniform : Life::kLives;
}

// A value that equals one of the reference may well be all the same; so may those behind another dead one.
std::vector<std::string> dead_ops(const Side& got, const Side& want, const Equals& equals) {
  std::map<int64_t, std::set<Life>> usual;
  for (const ValueId id : want.values()) usual[want.value(id)->size()].insert(life_of(*want.value(id)));
  std::vector<std::string> dead;
  for (const Op* op : got.ops()) {
    const Tensor* value = got.value(op->id());
    if (!value || equals.known(op->id())) continue;
    const Life life = life_of(*value);
    if (life != Life::kLives && !usual[value->size()].count(life)) dead.push_back(op->name);
  }
  return dead;
}

BadOp described(const Side& got, const Side& want, const Blame& blame) {
  BadOp bad;
  bad.function = got.function().name;
  bad.index = got.index(*blame.op);
  bad.output = blame.op->outputs.front().name;
  bad.name = blame.op->name.empty() ? bad.output : blame.op->name;
  bad.type = blame.op->type;
  bad.provenance = blame.op->provenance;
  bad.reason = blame.reason;
  bad.psnr = psnr_of(got, want, blame);
  if (blame.counterpart) {
    bad.reference_name = blame.counterpart->name;
    bad.reference_type = blame.counterpart->type;
  }
  return bad;
}

}  // namespace

Bisection bisect(const Program& model, const Program& reference, const BisectRequest& request) {
  const std::string name = request.function.empty() ? model.default_function : request.function;
  const std::string other = request.function.empty() ? reference.default_function : request.function;
  const Side want(reference.function(other), capture(reference, other, request.calls, request.reference_run));
  const Side got(model.function(name), capture(model, name, request.calls, request.run));

  Pairs wrong;
  double worst = 0;
  for (const auto& pair : paired_results(got, want)) {
    const double error = error_of(got, want, pair);
    if (error > error_at(request.floor)) wrong.push_back(pair);
    worst = std::max(worst, std::min(1.0, error));
  }
  Bisection result;
  if (wrong.empty()) return result;
  const double tolerance = tolerance_for(request, worst);
  const Equals equals(got, want, tolerance);
  result.same_layout = equals.same_layout();
  result.compared = static_cast<int>(got.values().size());
  for (const ValueId id : got.values()) result.known += equals.known(id);
  result.dead = dead_ops(got, want, equals);
  Repair repair({model, name, request.calls, request.run}, want, wrong, tolerance);
  if (const auto blame = find_blame(got, want, equals, repair, wrong, tolerance))
    result.first_bad_op = described(got, want, *blame);
  return result;
}

Bisection bisect_samples(const Program& model, const Program& reference, const std::vector<InputSample>& samples,
                         const Parity& parity, BisectRequest request) {
  CHECK(parity.sample_psnr.size() == samples.size());
  std::vector<size_t> order(samples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Made-up random numbers say more than zeros: samples that are constant match by chance.
  const auto is_random = [&](size_t i) { return samples[i].name.rfind("random", 0) == 0; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const bool shows_a = parity.sample_psnr[a] < request.floor;
    const bool shows_b = parity.sample_psnr[b] < request.floor;
    if (shows_a != shows_b) return shows_a;
    return is_random(a) != is_random(b) ? is_random(a) : parity.sample_psnr[a] < parity.sample_psnr[b];
  });
  Bisection result;
  if (order.empty() || !(parity.sample_psnr[order[0]] < request.floor)) return result;
  const auto& calls = samples[order[0]].calls;
  for (size_t count = 1; count <= calls.size() && !result.first_bad_op; ++count) {
    request.calls.assign(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(count));
    result = bisect(model, reference, request);
  }
  return result;
}

Json bisection_json(const Bisection& bisection) {
  if (!bisection.first_bad_op) return {};
  const BadOp& bad = *bisection.first_bad_op;
  Json json = {{"index", bad.index},   {"function", bad.function},     {"name", bad.name},    {"type", bad.type},
               {"output", bad.output}, {"provenance", bad.provenance}, {"reason", bad.reason}};
  json["psnr"] = bad.psnr && std::isfinite(*bad.psnr) ? Json(*bad.psnr) : Json();
  json["reference"] =
      bad.reference_name.empty() ? Json() : Json{{"name", bad.reference_name}, {"type", bad.reference_type}};
  json["same_layout"] = bisection.same_layout;
  json["dead"] = bisection.dead;
  return json;
}

std::string bisection_text(const Bisection& bisection) {
  if (!bisection.first_bad_op) return "no op falls below the limit";
  const BadOp& bad = *bisection.first_bad_op;
  std::string text = fmt::format("first bad op: {} ({}), number {} of function {}: {}", bad.name, bad.type, bad.index,
                                 bad.function, bad.reason);
  if (bad.psnr) text += fmt::format("; {:.1f} dB against {}", *bad.psnr, bad.reference_name);
  if (!bad.provenance.empty()) text += "\n  from " + bad.provenance;
  if (!bisection.dead.empty())
    text += "\n  one number only, or not finite: " + bisection.dead.front() +
            (bisection.dead.size() > 1 ? fmt::format(" and {} more", bisection.dead.size() - 1) : "");
  return text + fmt::format("\n  {} of {} values equal one of the reference{}", bisection.known, bisection.compared,
                            bisection.same_layout ? "" : ", in another layout");
}

}  // namespace anemone
