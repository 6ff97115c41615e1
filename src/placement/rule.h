// SPDX-License-Identifier: Apache-2.0
// Why an op, or a whole program, does not run on a unit. A rule has a stable code, a reason, a fix where there is one,
// and the evidence behind it. One file in placement/rules makes a group of rules; nothing else is edited.
// docs/placement.md is generated from this registry.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "placement/op_view.h"
#include "targets/target.h"

namespace anemone {

enum class Unit : unsigned char { kCpu, kGpu, kAne };
inline constexpr int kUnits = 3;
std::string_view name_of(Unit unit);  // "cpu", "gpu", "ane"

enum class RuleStatus : unsigned char {
  kValid,
  kObsolete,  // true once, for older systems or formats only
  kUnknown,   // nobody has shown it for today's systems
};
std::string_view name_of(RuleStatus status);

// Where a rule holds: families and releases (counted as iOS counts), both ends included.
struct Validity {
  Family from = Family::kH11;
  Family to = Family::kH18;
  int release_from = 0;
  int release_to = 99;

  bool holds(const Target& target) const {
    const Family family = target.chip->family;
    return family >= from && family <= to && target.release() >= release_from && target.release() <= release_to;
  }
};

enum class ModelFormat : unsigned char { kProgram, kNeuralNetwork };

struct Rule {
  std::string code;  // "ANE012"
  Unit unit = Unit::kAne;
  std::string title;     // a few words
  std::string reason;    // one sentence, without the op's own numbers
  std::string fix;       // what to change; empty when nothing helps
  std::string evidence;  // who saw it, on what
  Validity validity = {};
  RuleStatus status = RuleStatus::kValid;
  ModelFormat format = ModelFormat::kProgram;
  // For rules that one op decides: the reason with the op's own numbers when the rule refuses it, else nothing. Absent
  // for rules that look at whole programs (placement/gates) or at the plan (placement/place).
  std::function<std::optional<std::string>(const OpView&, const Target&)> refuses = {};
};

class RuleTable {
 public:
  void add(Rule rule);                                     // codes are unique
  const Rule* find(std::string_view code) const;           // nullptr when there is none
  const Rule& get(std::string_view code) const;            // CHECK that it exists
  const std::vector<Rule>& all() const { return rules_; }  // by code

 private:
  std::vector<Rule> rules_;
};

// The rules of all files in placement/rules, made once.
const RuleTable& rule_table();

// What a rule says of one op or program.
struct Verdict {
  const Rule* rule = nullptr;
  std::string reason;  // one sentence with the numbers
};

// Codes of rules that are taken not to hold, to ask "what if".
using RuleSet = std::set<std::string, std::less<>>;

// Why the unit refuses the op; nothing when it takes it. The first rule by code that refuses wins.
std::optional<Verdict> refusal(const OpView& op, Unit unit, const Target& target, const RuleSet& without = {});

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types);

}  // namespace anemone
