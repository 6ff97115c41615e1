// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/blame.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/error.h"
#include "ops/ops.h"
#include "tune/verify/counterparts.h"
#include "tune/verify/crossed.h"
#include "tune/verify/likeness.h"

namespace anemone {
namespace {

// How sure it is that an op which makes something new of known values is at fault.
enum class Strength : uint8_t {
  kMoves,     // moves elements in a way of its own, or gives what looks like something that is lost
  kComputes,  // computes something that the other side does not have
  kNamed,     // has the name or origin of an op whose result is lost, or takes the inputs of one
  kTwin,      // is of the same kind and takes the same inputs as an op whose result is lost
};

struct Source {
  const Op* op = nullptr;
  const Op* counterpart = nullptr;
  Strength strength = Strength::kMoves;
};

class Search : private Counterparts {
 public:
  Search(const Side& got, const Side& want, const Equals& equals, Repair& repair, double tolerance)
      : Counterparts(got, want, equals),
        likeness_(got, want, equals, tolerance),
        repair_(repair),
        tolerance_(tolerance) {}

  std::optional<Blame> run(const std::vector<std::pair<ValueId, ValueId>>& wrong) {
    if (!equals_.same_layout())
      if (const Op* split = crossed_split(got_, [&](const Op& concat) { return !known(concat.id()); }))
        return Blame{split, nullptr, "gives its results in another order"};
    for (;;) {
      visited_.clear();
      sources_.clear();
      for (const auto& pair : wrong) visit(pair.first);
      if (sources_.empty()) return unexplained_root(wrong);
      if (!equals_.same_layout()) {
        if (const Source* mended = mended_source()) return proved(*mended, passed_on(*mended));
        if (const auto mended = mended_behind_sources()) return proved(*mended, blame_of(*mended));
      }
      const Source best = strongest();
      if (best.strength != Strength::kMoves) return passed_on(best);
      // Nothing but values of the program's own that look right: they may be how it is laid out. Look behind them.
      if (fallback_.op == nullptr) fallback_ = best;
      if (const auto spoiler = spoiling_movement()) return spoiler;
      for (const Source& source : sources_)
        for (const Output& output : source.op->outputs) assumed_.insert(output.id);
      if (leads_nowhere(wrong)) return blame(fallback_, "moves elements in another way");
    }
  }

 private:
  bool known(ValueId id) const { return equals_.known(id) || assumed_.count(id) > 0; }

  void visit(ValueId id) {
    if (!visited_.insert(id).second) return;
    const Op* op = got_.producer(id);
    if (!op) return;
    bool source = true;
    for (const Slot& slot : got_.slots(*op)) {
      if (known(slot.value)) continue;
      source = false;
      visit(slot.value);
    }
    const bool listed = std::any_of(sources_.begin(), sources_.end(), [&](const Source& s) { return s.op == op; });
    if (source && !listed) sources_.push_back(judged(*op));
  }

  bool leads_nowhere(const std::vector<std::pair<ValueId, ValueId>>& wrong) const {
    return std::all_of(wrong.begin(), wrong.end(), [&](const auto& pair) { return assumed_.count(pair.first) > 0; });
  }

  Source strongest() const {
    return *std::min_element(sources_.begin(), sources_.end(), [&](const Source& a, const Source& b) {
      if (a.strength != b.strength) return a.strength > b.strength;
      return got_.order(*a.op) < got_.order(*b.op);
    });
  }

  // In another layout a value that looks like a lost one may be just another way to hold it.
  // Where several ops may be the one: that whose right result makes all results right.
  const Source* mended_source() {
    std::stable_sort(sources_.begin(), sources_.end(),
                     [](const Source& a, const Source& b) { return a.strength > b.strength; });
    const auto found =
        std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) { return is_mended_at(source); });
    return found == sources_.end() ? nullptr : &*found;
  }

  bool is_mended_at(const Source& source) {
    constexpr size_t kMostTried = 40;
    if (!tried_.insert(source.op).second) return false;
    const ValueId first = source.counterpart ? source.counterpart->id() : kNoValue;
    for (const Tensor& value : likeness_.replacements(source.op->id(), first, kMostTried))
      if (repair_.mends(*source.op, value)) return true;
    return false;
  }

  // No source mends the program, so the fault may be behind values that the program has for itself. The first op whose
  // right result makes all results right is wrong, or something that it takes is: a value that is not like a lost one,
  // and none of those that were tried in its place.
  std::optional<Source> mended_behind_sources() {
    for (const Op* op : got_.ops()) {
      if (!visited_.count(op->id()) || op->outputs.size() != 1) continue;
      const Source behind = judged(*op);
      if (!is_mended_at(behind)) continue;
      return is_cleared(*op) ? std::optional(behind) : std::nullopt;
    }
    return std::nullopt;
  }

  static Blame proved(const Source& mended, Blame blame) {
    blame.proved = blame.op == mended.op;
    return blame;
  }

  // What the source takes and is not known is right.
  Blame blame_of(const Source& mended) const {
    const Op* other = mended.counterpart ? mended.counterpart : near_twin(*mended.op);
    if (other)
      if (const Op* mover = wrong_mover(*mended.op, *other))
        return {mover, namesake(*mover), "moves axes in a wrong way"};
    return {mended.op, other, "is right in its inputs and wrong in its result"};
  }

  // Whether each value that is not known and that the op takes looks like a lost one: those were tried.
  bool is_cleared(const Op& op) {
    const auto taken = got_.slots(op);
    return std::all_of(taken.begin(), taken.end(), [&](const Slot& slot) {
      const Op* maker = got_.producer(slot.value);
      if (known(slot.value) || !maker) return true;
      if (!likeness_.has(slot.value)) return false;
      assumed_.insert(slot.value);
      return true;
    });
  }

  Source judged(const Op& op) {
    Source source = matched(op);
    if (!equals_.same_layout() && likeness_.has(op.id())) source.strength = Strength::kMoves;
    return source;
  }

  Source matched(const Op& op) const {
    Source source{&op, nullptr, is_movement(op) ? Strength::kMoves : Strength::kComputes};
    const size_t slots = got_.slots(op).size();
    const Op* named = namesake(op);
    int best = 0;
    const auto consider = [&](const Op* other, Strength strength, int points) {
      if (points <= best) return;
      best = points;
      source.counterpart = other;
      source.strength = std::max(source.strength, strength);
    };
    if (named && is_lost(*named) && is_movement(op) == is_movement(*named))
      consider(named, Strength::kNamed,
               named->type != op.type                                  ? 10
               : got_.constant_mark(op) == want_.constant_mark(*named) ? 60
                                                                       : 30);
    const Op* owner = owner_of_weights(op);
    if (owner && owner->type == op.type) consider(owner, Strength::kNamed, 20);
    for (const Op* other : neighbours(op)) {
      if (owner && want_.weight_mark(*other) != got_.weight_mark(op)) continue;
      if (!is_lost(*other) || want_.slots(*other).size() != slots || equal_slots(op, *other) != slots) continue;
      const bool same_constants = got_.constant_mark(op) == want_.constant_mark(*other);
      const int points = (other == named ? 8 : 0) + (same_constants ? 4 : 0);
      if (other->type == op.type)
        consider(other, Strength::kTwin, 40 + points);
      else if (!is_movement(op) || !is_movement(*other))
        consider(other, Strength::kNamed, 5 + points);
    }
    return source;
  }

  Blame blame(const Source& source, const std::string& reason) const { return {source.op, source.counterpart, reason}; }

  // A movement without counterpart that takes what its user should have got, and gives something else of that size.
  std::optional<Blame> spoiling_movement() const {
    for (const Source& source : sources_) {
      const auto slots = got_.slots(*source.op);
      if (slots.empty()) continue;
      for (const Op* user : got_.graph().users(source.op->id())) {
        const Op* other = near_twin(*user);
        if (!other) continue;
        const auto taken = got_.slots(*user);
        const auto wanted = wanted_values(*user, *other);
        for (size_t i = 0; i < taken.size(); ++i)
          if (taken[i].value == source.op->id() && equals_.equal(slots[0].value, wanted[i]))
            return Blame{source.op, nullptr, "spoils what " + user->name + " should get"};
      }
    }
    return std::nullopt;
  }

  Blame passed_on(const Source& source) const {
    const Op* other = source.counterpart ? source.counterpart : near_twin(*source.op);
    if (!other) return blame(source, "nothing in the reference equals its result");
    return descend(*source.op, *other);
  }

  // `op` gives what `other` does not; all that it takes is known. If it takes something else than `other`, whoever
  // gives that is looked at in the same way.
  Blame descend(const Op& op, const Op& other) const {
    if (equal_slots(op, other) == want_.slots(other).size()) {
      if (const Op* mover = wrong_mover(op, other)) return {mover, namesake(*mover), "moves axes in a wrong way"};
      if (const auto blamed = wrong_maker(op, other)) return *blamed;
      if (op.type != other.type)
        if (const Op* idle = idle_op_before(op)) return {idle, &other, "hands on what it gets"};
      return {&op, &other, "is right in its inputs and wrong in its result"};
    }
    const auto taken = got_.slots(op);
    const auto wanted = wanted_values(op, other);
    for (size_t i = 0; i < taken.size(); ++i) {
      if (wanted[i] == kNoValue || equals_.equal(taken[i].value, wanted[i])) continue;
      const bool is_own = assumed_.count(taken[i].value) > 0 && likeness_.has(taken[i].value);
      if (is_own && !is_right_with_other_order(op, other, taken[i].value, wanted[i])) continue;
      return descend_into(op, other, taken[i].value, wanted[i]);
    }
    return {&op, &other, "takes the same values and gives another result"};
  }

  // Where the two programs have different layouts, a value counts as known in whatever order its elements are. When the
  // op is right as soon as one of its inputs comes in another order, an op that moved that input is wrong.
  const Op* wrong_mover(const Op& op, const Op& other) const {
    if (equals_.same_layout() || op.outputs.size() != 1 || !op.blocks.empty()) return nullptr;
    const bool is_meant =
        has_same_weights(op, other) || (op.type == other.type && got_.constant_mark(op) == want_.constant_mark(other));
    const auto taken = got_.slots(op);
    const auto wanted = wanted_values(op, other);
    for (size_t i = 0; i < taken.size(); ++i) {
      if (assumed_.count(taken[i].value)) continue;
      const Op* mover = likely_mover(taken[i].value);
      if (mover && wanted[i] != kNoValue && (is_meant || differs_from_namesake(*mover)) &&
          is_right_with_other_order(op, other, taken[i].value, wanted[i]))
        return mover;
    }
    return nullptr;
  }

  // The same when no op moved the input: it was computed the wrong way round, out of inputs that were exchanged.
  std::optional<Blame> wrong_maker(const Op& op, const Op& other) const {
    if (equals_.same_layout() || op.outputs.size() != 1 || !op.blocks.empty()) return std::nullopt;
    const auto taken = got_.slots(op);
    const auto wanted = wanted_values(op, other);
    for (size_t i = 0; i < taken.size(); ++i) {
      if (wanted[i] == kNoValue) continue;
      const auto mine = makers(got_, taken[i].value);
      const auto theirs = makers(want_, wanted[i]);
      if (mine.empty() || theirs.empty() || mine.back()->type != theirs.back()->type) continue;
      const auto given = got_.slots(*mine.back());
      const bool proved =
          std::all_of(given.begin(), given.end(), [&](const Slot& slot) { return equals_.known(slot.value); });
      if (!proved || does_the_same(*mine.back(), *theirs.back())) continue;
      if (is_right_with_other_order(op, other, taken[i].value, wanted[i])) return descend(*mine.back(), *theirs.back());
    }
    return std::nullopt;
  }

  bool differs_from_namesake(const Op& op) const {
    const Op* named = namesake(op);
    if (!named || named->type != op.type) return false;
    const Constant* mine = got_.graph().constant(op, "perm");
    const Constant* theirs = want_.graph().constant(*named, "perm");
    return mine && theirs && !anemone::equal(*mine, *theirs) && equal_slots(op, *named) == 1;
  }

  // Of the transposes that a value came through the one that differs from its namesake, else the last without one.
  const Op* likely_mover(ValueId value) const {
    const Op* last = nullptr;
    for (const Op* op : makers(got_, value)) {
      if (op->type != "transpose") continue;
      if (differs_from_namesake(*op)) return op;
      if (!last && !namesake(*op)) last = op;
    }
    return last;
  }

  bool is_right_with_other_order(const Op& op, const Op& other, ValueId value, ValueId wanted) const {
    constexpr size_t kMostTried = 100;
    const auto results = likeness_.forms(op.id(), other.id(), kMostTried);
    if (results.empty()) return false;
    const auto inputs = likeness_.forms(value, wanted, kMostTried);
    return std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
      const auto got = evaluated(op, value, input);
      return got && std::any_of(results.begin(), results.end(), [&](const Tensor& result) {
               return got->size() == result.size() &&
                      relative_error(*got, result, want_.scale(other.id())) <= tolerance_;
             });
    });
  }

  // The op's result when one of its inputs is another tensor.
  std::optional<Tensor> evaluated(const Op& op, ValueId changed, const Tensor& value) const {
    std::deque<Tensor> held;
    const auto type_of = [&](const Operand& operand) -> const Type& {
      return operand.is_value() ? got_.graph().type(operand.value()) : operand.literal().type();
    };
    const auto value_of = [&](const Operand& operand) -> const Tensor* {
      if (const Constant* constant = got_.graph().constant(operand))
        return constant->type().is_tensor() && constant->type().dtype != DType::kString
                   ? &held.emplace_back(constant->tensor())
                   : nullptr;
      if (!operand.is_value()) return nullptr;
      const Tensor* known = operand.value() == changed ? &value : got_.value(operand.value());
      return known ? &held.emplace_back(converted(*known, compute_dtype(type_of(operand).dtype))) : nullptr;
    };
    try {
      auto results = evaluate(op, op_table(), got_.function().opset, type_of, value_of,
                              [&](const Operand& operand) { return got_.graph().constant(operand); });
      return converted(results.at(0), DType::kFloat32);
    } catch (const Error&) {
      return std::nullopt;  // needs what only a run has
    }
  }

  // `op` takes `value` and should take what equals `wanted`.
  Blame descend_into(const Op& op, const Op& other, ValueId value, ValueId wanted) const {
    const auto givers = makers(got_, value);
    const auto rights = makers(want_, wanted);
    const Op* suspect = nullptr;
    for (const Op* giver : givers) {
      if (const auto blamed = blame_giver(op, *giver, rights, wanted)) return *blamed;
      const bool moves = is_movement(*giver) && giver->outputs.size() == 1 && giver->type != "identity";
      if (moves ? serves_well(giver->id()) : is_explained(*giver)) break;
      suspect = giver;
    }
    if (suspect && !rights.empty()) {
      const Op* likely = in_row(*givers[0], rights);
      return {likely ? likely : suspect, rights.back(), "gives something else than it should"};
    }
    return {&op, &other, "takes " + got_.graph().name(value) + ", which is not what the reference takes", false, true};
  }

  // An identity that the right program does not have: something was left out there.
  const Op* idle_op_before(const Op& op) const {
    for (const Slot& slot : got_.slots(op))
      for (const Op* maker : makers(got_, slot.value))
        if (maker->type == "identity" && !is_explained(*maker)) return maker;
    return nullptr;
  }

  // Of several ops in a row that only move elements, the one that bears the name of something else, or does nothing.
  const Op* in_row(const Op& first, const std::vector<const Op*>& rights) const {
    const auto row = makers(got_, first.id());
    for (const Op* op : row) {
      const Op* named = namesake(*op);
      const bool meant = std::find(rights.begin(), rights.end(), named) != rights.end();
      if (is_movement(*op) && meant && named->type != op->type) return op;
    }
    for (const Op* op : row)
      if (op->type == "identity") return op;
    return nullptr;
  }

  // Whether it is this op that gives something else than what any of `rights` gives.
  std::optional<Blame> blame_giver(const Op& op, const Op& giver, const std::vector<const Op*>& rights,
                                   ValueId wanted) const {
    const Op* named = namesake(giver);
    if (named && gives_in_other_order(giver, *named)) return Blame{&giver, named, "gives its results in another order"};
    if (gives_what_another_result_should(giver, wanted))
      return Blame{&giver, named, "gives its results in another order"};
    for (const Op* right : rights)
      if (right == named && right->type == giver.type && !does_the_same(giver, *right)) return descend(giver, *right);
    const bool explained = is_explained(giver);
    for (const Op* right : rights) {
      if (explained && !stands_for(giver, *right)) continue;
      if (right->type == giver.type && !is_movement(giver)) return descend(giver, *right);
      if (equal_slots(giver, *right) != want_.slots(*right).size()) continue;
      const Op* likely = in_row(giver, rights);
      if (!likely && is_movement(giver)) continue;
      return Blame{likely ? likely : &giver, right, "is another op on the same inputs"};
    }
    const auto taken = got_.slots(giver);
    if (!explained && !taken.empty() && equals_.equal(taken[0].value, wanted))
      return Blame{&giver, nullptr, "spoils what " + op.name + " should get"};
    for (const Op* right : rights)
      if (!explained && right->type == giver.type) return descend(giver, *right);
    return std::nullopt;
  }

  // No source: an output equals something, but not what it should.
  std::optional<Blame> unexplained_root(const std::vector<std::pair<ValueId, ValueId>>& wrong) const {
    for (const auto& [mine, theirs] : wrong)
      if (const Op* op = got_.producer(mine))
        return Blame{op, want_.producer(theirs), "its result belongs elsewhere in the reference"};
    return std::nullopt;
  }

  Likeness likeness_;
  Repair& repair_;
  double tolerance_;
  std::set<ValueId> visited_;
  std::set<ValueId> assumed_;
  std::set<const Op*> tried_;  // with the right value in place of their own
  std::vector<Source> sources_;
  Source fallback_;
};

}  // namespace

std::optional<Blame> find_blame(const Side& got, const Side& want, const Equals& equals, Repair& repair,
                                const std::vector<std::pair<ValueId, ValueId>>& wrong, double tolerance) {
  return Search(got, want, equals, repair, tolerance).run(wrong);
}

}  // namespace anemone
