// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/bisect.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "tune/compare.h"
#include "tune/verify/blame.h"
#include "tune/verify/common_form.h"

namespace anemone {
namespace {

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

BadOp described(const Subject& model, const Subject& reference, const Blame& blame) {
  BadOp bad;
  bad.reason = blame.reason;
  bad.psnr = psnr_of(model.side(), reference.side(), blame);
  const Op& op = *model.told(*blame.op);
  const Side& side = model.given().side();
  bad.function = side.function().name;
  bad.index = side.index(op);
  bad.output = op.outputs.front().name;
  bad.name = op.name.empty() ? bad.output : op.name;
  bad.type = op.type;
  bad.provenance = op.provenance;
  const Op* counterpart = blame.counterpart ? reference.told(*blame.counterpart) : nullptr;
  if (counterpart) {
    bad.reference_name = counterpart->name;
    bad.reference_type = counterpart->type;
  }
  return bad;
}

class Search {
 public:
  Search(const Subject& model, const Subject& reference, const BisectRequest& request)
      : model_(model), reference_(reference), request_(request) {
    for (const auto& pair : paired_results(model.side(), reference.side())) {
      const double error = error_of(model.side(), reference.side(), pair);
      if (error > error_at(request.floor)) wrong_.push_back(pair);
      worst_ = std::max(worst_, std::min(1.0, error));
    }
  }

  bool shows() const { return !wrong_.empty(); }
  double tolerance() const { return tolerance_for(request_, worst_); }
  bool is_alike() const { return has_same_layout(model_.side(), reference_.side()); }

  Bisection run() const {
    const Side& got = model_.side();
    const Side& want = reference_.side();
    const Equals equals(got, want, tolerance());
    Bisection result;
    result.same_layout = equals.same_layout();
    result.compared = static_cast<int>(got.values().size());
    for (const ValueId id : got.values()) result.known += equals.known(id);
    result.dead = dead_ops(got, want, equals);
    int64_t elements = 0;
    for (const ValueId id : got.values()) elements += got.value(id)->size();
    Repair repair({model_.program(), model_.name(), request_.calls, request_.run}, elements, want, wrong_, tolerance());
    const auto blame = find_blame(got, want, equals, repair, wrong_, tolerance());
    if (!blame || !model_.told(*blame->op)) return result;
    // Which of several ops hands on the wrong value cannot be seen where they are gone.
    if (blame->takes_wrong && !model_.seen_through(*model_.told(*blame->op)).empty()) return result;
    result.first_bad_op = described(model_, reference_, *blame);
    result.proved = blame->proved;
    return result;
  }

 private:
  const Subject& model_;
  const Subject& reference_;
  const BisectRequest& request_;
  Pairs wrong_;
  double worst_ = 0;
};

// Programs in different layouts, of which one or both are rewritten so that they are in one; nothing when that does not
// help.
std::optional<Bisection> in_common_form(const Subject& model, const Subject& reference, const BisectRequest& request,
                                        double tolerance) {
  const auto search = [&](const Subject& got, const Subject& want) -> std::optional<Bisection> {
    const Search one(got, want, request);
    if (!one.is_alike() || !one.shows()) return std::nullopt;
    Bisection result = one.run();
    result.same_layout = false;
    result.model_rewritten = &got != &model;
    result.reference_rewritten = &want != &reference;
    return result.first_bad_op ? std::optional(std::move(result)) : std::nullopt;
  };
  const auto right = rewritten(reference, request.calls, request.reference_run, tolerance);
  if (right)
    if (auto found = search(model, *right)) return found;
  const auto made = rewritten(model, request.calls, request.run, tolerance);
  if (!made) return std::nullopt;
  if (auto found = search(*made, reference)) return found;
  return right ? search(*made, *right) : std::nullopt;
}

}  // namespace

Bisection bisect(const Program& model, const Program& reference, const BisectRequest& request) {
  const std::string name = request.function.empty() ? model.default_function : request.function;
  const std::string other = request.function.empty() ? reference.default_function : request.function;
  const Subject want(reference, other, request.calls, request.reference_run);
  const Subject got(model, name, request.calls, request.run);
  const Search search(got, want, request);
  if (!search.shows()) return {};
  Bisection found = search.run();
  if (found.proved || search.is_alike()) return found;
  const auto better = in_common_form(got, want, request, search.tolerance());
  return better ? *better : found;
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
