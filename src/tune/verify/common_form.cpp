// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/common_form.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/strings.h"
#include "ir/states.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "tune/verify/counterparts.h"

namespace anemone {
namespace {

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

// The function alone, each op carrying its number where provenance is handed on.
Program marked(const Program& program, const std::string& name) {
  auto function = std::make_shared<Function>(program.function(name));
  for (OpPtr& op : function->body.ops) {
    auto copy = std::make_shared<Op>(*op);
    copy->provenance = std::to_string(op->id());
    op = copy;
  }
  Program result = program;
  result.functions = {{name, function}};
  result.default_function = name;
  return result;
}

}  // namespace

Subject::Subject(Program program, const std::string& function, const std::vector<TensorMap>& calls,
                 const RunOptions& run)
    : program_(std::move(program)),
      name_(function),
      side_(std::make_unique<Side>(program_.function(function), capture(program_, function, calls, run))) {}

const Op* Subject::told(const Op& op) const {
  if (!given_) return &op;
  const auto number = parse_int(origin_of(op));
  return number ? given_->side().producer(static_cast<ValueId>(*number)) : nullptr;
}

std::vector<const Op*> Subject::seen_through(const Op& op) const {
  std::vector<const Op*> gone;
  if (!given_) return gone;
  std::set<const Op*> made_of;
  for (const Op* made : side_->ops()) made_of.insert(told(*made));
  for (const Slot& slot : given_->side().slots(op))
    for (const Op* maker : Counterparts::makers(given_->side(), slot.value))
      if (is_movement(*maker) && !made_of.count(maker)) gone.push_back(maker);
  return gone;
}

std::unique_ptr<Subject> rewritten(const Subject& given, const std::vector<TensorMap>& calls, const RunOptions& run,
                                   double tolerance) {
  try {
    Program program = run_passes(marked(given.program(), given.name()), op_table()).program;
    auto made = std::make_unique<Subject>(std::move(program), given.name(), calls, run);
    made->given_ = &given;
    const Pairs results = paired_results(made->side(), given.side());
    const bool same = std::all_of(results.begin(), results.end(), [&](const auto& pair) {
      return error_of(made->side(), given.side(), pair) <= tolerance;
    });
    return same ? std::move(made) : nullptr;
  } catch (const Error&) {
    return nullptr;
  }
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

}  // namespace anemone
