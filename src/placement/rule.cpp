// SPDX-License-Identifier: Apache-2.0
#include "placement/rule.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {

void register_all_rule(RuleTable& table);

std::string_view name_of(Unit unit) { return unit == Unit::kAne ? "ane" : unit == Unit::kGpu ? "gpu" : "cpu"; }

std::string_view name_of(RuleStatus status) {
  return status == RuleStatus::kValid ? "valid" : status == RuleStatus::kObsolete ? "obsolete" : "unknown";
}

void RuleTable::add(Rule rule) {
  const auto place = std::lower_bound(rules_.begin(), rules_.end(), rule.code,
                                      [](const Rule& a, const std::string& code) { return a.code < code; });
  CHECK(place == rules_.end() || place->code != rule.code);
  CHECK(!rule.reason.empty() && !rule.evidence.empty());
  rules_.insert(place, std::move(rule));
}

const Rule* RuleTable::find(std::string_view code) const {
  const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.code == code; });
  return found == rules_.end() ? nullptr : &*found;
}

const Rule& RuleTable::get(std::string_view code) const {
  const Rule* found = find(code);
  CHECK(found != nullptr);
  return *found;
}

const RuleTable& rule_table() {
  static const RuleTable table = [] {
    RuleTable result;
    register_all_rule(result);
    return result;
  }();
  return table;
}

std::optional<Verdict> refusal(const OpView& op, Unit unit, const Target& target, const RuleSet& without) {
  for (const Rule& rule : rule_table().all()) {
    if (rule.unit != unit || !rule.refuses || rule.format != ModelFormat::kProgram) continue;
    if (rule.status == RuleStatus::kObsolete || !rule.validity.holds(target) || without.count(rule.code)) continue;
    if (auto reason = rule.refuses(op, target)) return Verdict{&rule, std::move(*reason)};
  }
  return std::nullopt;
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace anemone
