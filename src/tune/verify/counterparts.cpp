// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/counterparts.h"

#include <algorithm>
#include <set>

namespace anemone {
namespace {

bool commutes(const Op& op) {
  static const std::set<std::string> kCommuting = {"add",       "mul",         "maximum",    "minimum",    "equal",
                                                   "not_equal", "logical_and", "logical_or", "logical_xor"};
  return kCommuting.count(op.type) > 0;
}

}  // namespace

Counterparts::Counterparts(const Side& got, const Side& want, const Equals& equals)
    : got_(got), want_(want), equals_(equals) {
  for (const Op* op : want.ops())
    for (const Slot& slot : want.slots(*op)) users_[slot.value].push_back(op);
  for (const auto kind : {Side::NameKind::kOutput, Side::NameKind::kOp, Side::NameKind::kOrigin})
    if (is_reliable(kind)) trusted_.push_back(kind);
}

bool Counterparts::is_reliable(Side::NameKind kind) const {
  int agree = 0;
  int all = 0;
  for (const Op* op : got_.ops()) {
    const Op* named = want_.by_name(*op, kind);
    if (!named || !equals_.known(op->id())) continue;
    ++all;
    agree += equals_.equal(op->id(), named->id());
  }
  return 4 * agree >= 3 * all;
}

const Op* Counterparts::namesake(const Op& op) const {
  for (const auto kind : trusted_)
    if (const Op* named = want_.by_name(op, kind)) return named;
  return nullptr;
}

bool Counterparts::is_lost(const Op& op) const {
  return std::any_of(op.outputs.begin(), op.outputs.end(),
                     [&](const Output& output) { return want_.value(output.id) && !equals_.reproduced(output.id); });
}

std::vector<ValueId> Counterparts::wanted_values(const Op& op, const Op& other) const {
  const auto mine = got_.slots(op);
  auto theirs = want_.slots(other);
  std::vector<ValueId> result(mine.size(), kNoValue);
  const auto take = [&](size_t i, const auto& fits) {
    const auto found = std::find_if(theirs.begin(), theirs.end(), fits);
    if (result[i] != kNoValue || found == theirs.end()) return;
    result[i] = found->value;
    theirs.erase(found);
  };
  const bool by_value = op.type != other.type || commutes(op);  // their names say nothing
  for (size_t i = 0; by_value && i < mine.size(); ++i)
    take(i, [&](const Slot& slot) { return equals_.equal(mine[i].value, slot.value); });
  for (size_t i = 0; i < mine.size(); ++i)
    take(i, [&](const Slot& slot) {
      return by_value || (slot.argument == mine[i].argument && slot.index == mine[i].index);
    });
  return result;
}

size_t Counterparts::equal_slots(const Op& op, const Op& other) const {
  const auto mine = got_.slots(op);
  const auto wanted = wanted_values(op, other);
  size_t count = 0;
  for (size_t i = 0; i < mine.size(); ++i) count += wanted[i] != kNoValue && equals_.equal(mine[i].value, wanted[i]);
  return count;
}

std::vector<const Op*> Counterparts::neighbours(const Op& op) const {
  std::vector<const Op*> result;
  for (const Slot& slot : got_.slots(op))
    for (const ValueId value : equals_.of(slot.value))
      if (const auto found = users_.find(value); found != users_.end())
        for (const Op* user : found->second)
          if (std::find(result.begin(), result.end(), user) == result.end()) result.push_back(user);
  return result;
}

const Op* Counterparts::near_twin(const Op& op) const {
  const Op* named = namesake(op);
  if (named && named->type == op.type) return named;
  const Op* best = nullptr;
  size_t most = 0;
  for (const Op* other : want_.ops()) {
    if (!is_lost(*other)) continue;
    const bool same_weights = has_same_weights(op, *other);
    const size_t equal = equal_slots(op, *other);
    const bool alike = other->type == op.type || same_weights;
    if (!alike && (equal == 0 || is_movement(op) || is_movement(*other))) continue;
    const size_t points = 4 * equal + (same_weights ? 6 : 0) + (alike ? 1 : 0);
    if (points > most) {
      most = points;
      best = other;
    }
  }
  return best;
}

bool Counterparts::has_same_weights(const Op& op, const Op& other) const {
  return !got_.weight_mark(op).empty() && got_.weight_mark(op) == want_.weight_mark(other);
}

const Op* Counterparts::owner_of_weights(const Op& op) const {
  for (const Op* other : want_.ops())
    if (is_lost(*other) && has_same_weights(op, *other)) return other;
  return nullptr;
}

bool Counterparts::does_the_same(const Op& op, const Op& other) const {
  if ((other.type != op.type && !has_same_weights(op, other)) || other.outputs.size() != op.outputs.size())
    return false;
  for (size_t i = 0; i < op.outputs.size(); ++i)
    if (!equals_.equal(op.outputs[i].id, other.outputs[i].id)) return false;
  return equal_slots(op, other) == got_.slots(op).size();
}

bool Counterparts::is_explained(const Op& op) const {
  for (const ValueId value : equals_.of(op.id())) {
    const Op* other = want_.producer(value);
    if (other && does_the_same(op, *other)) return true;
  }
  return false;
}

bool Counterparts::stands_for(const Op& op, const Op& right) const {
  if (!is_lost(right)) return false;
  const bool alike = right.type == op.type || equal_slots(op, right) == want_.slots(right).size();
  if (namesake(op) == &right) return alike;
  return alike && repeats(op);
}

bool Counterparts::repeats(const Op& op) const {
  const auto& mine = equals_.of(op.id());
  return std::any_of(got_.ops().begin(), got_.ops().end(), [&](const Op* other) {
    return other != &op && other->type == op.type && equals_.of(other->id()) == mine && !mine.empty();
  });
}

bool Counterparts::takes_known(const Op& op) const {
  const auto taken = got_.slots(op);
  return std::all_of(taken.begin(), taken.end(), [&](const Slot& slot) { return equals_.known(slot.value); });
}

bool Counterparts::gives_in_other_order(const Op& op, const Op& named) const {
  if (op.type != named.type || op.outputs.size() < 2 || op.outputs.size() != named.outputs.size()) return false;
  if (!takes_known(op)) return false;  // what it takes is in another order
  size_t moved = 0;
  for (const Output& output : op.outputs)
    for (const Output& other : named.outputs)
      if (output.name == other.name && !equals_.equal(output.id, other.id)) ++moved;
  const bool all_known =
      std::all_of(op.outputs.begin(), op.outputs.end(), [&](const Output& output) { return equals_.known(output.id); });
  return moved > 0 && all_known;
}

bool Counterparts::gives_what_another_result_should(const Op& op, ValueId wanted) const {
  if (op.outputs.size() < 2 || !takes_known(op)) return false;
  for (const Output& output : op.outputs)
    if (equals_.equal(output.id, wanted) && !serves_well(output.id)) return true;
  return false;
}

bool Counterparts::serves_well(ValueId value) const {
  const auto& users = got_.graph().users(value);
  return std::any_of(users.begin(), users.end(), [&](const Op* user) {
    if (is_movement(*user) && user->outputs.size() == 1) return serves_well(user->id());
    if (is_explained(*user)) return true;
    const Op* other = near_twin(*user);
    if (!other) return false;
    const auto mine = got_.slots(*user);
    const auto wanted = wanted_values(*user, *other);
    for (size_t i = 0; i < mine.size(); ++i)
      if (mine[i].value == value && equals_.equal(value, wanted[i])) return true;
    return false;
  });
}

std::vector<const Op*> Counterparts::makers(const Side& side, ValueId value) {
  std::vector<const Op*> ops;
  while (const Op* op = side.producer(value)) {
    ops.push_back(op);
    const auto slots = side.slots(*op);
    if (!is_movement(*op) || slots.size() != 1) break;
    value = slots[0].value;
  }
  return ops;
}

}  // namespace anemone
