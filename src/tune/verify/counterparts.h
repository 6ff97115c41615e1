// SPDX-License-Identifier: Apache-2.0
// How ops of a wrong program relate to those of the right one: same inputs, same name, same weights, same result.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tune/verify/equals.h"

namespace anemone {

class Counterparts {
 public:
  Counterparts(const Side& got, const Side& want, const Equals& equals);

  // Names that both programs were given at random agree by chance only: then values that are known contradict them.
  bool is_reliable(Side::NameKind kind) const;
  const Op* namesake(const Op& op) const;
  // Whether some result of an op of the right program is not to be found in the wrong one.
  bool is_lost(const Op& op) const;
  // What `other` takes where `op` has its slots; kNoValue where it takes nothing. By the names of the slots, but where
  // these do not tell (ops that commute, ops of two kinds) equal values are paired first and the rest in their order.
  std::vector<ValueId> wanted_values(const Op& op, const Op& other) const;
  // Slots of `op` whose values equal what `other` takes there.
  size_t equal_slots(const Op& op, const Op& other) const;
  // Ops of the right program that take one of the values that `op` takes.
  std::vector<const Op*> neighbours(const Op& op) const;
  // The op of the right program that resembles this one most: by name, inputs and constants.
  const Op* near_twin(const Op& op) const;
  // The same layer, be it a linear op here and a convolution there.
  bool has_same_weights(const Op& op, const Op& other) const;
  // The lost op of the right program that has the same weights.
  const Op* owner_of_weights(const Op& op) const;
  // The same kind of op, or a layer of the same weights, on the same inputs with the same results.
  bool does_the_same(const Op& op, const Op& other) const;
  // Whether the right program has an op of this kind on these inputs with these results.
  bool is_explained(const Op& op) const;
  // Whether an op that does what some op of the right program does was meant to be another one: it is called like it,
  // or it repeats what an op before it does and the other is of its kind or takes its inputs.
  bool stands_for(const Op& op, const Op& right) const;
  bool repeats(const Op& op) const;
  // Whether each value that an op takes equals one of the right program.
  bool takes_known(const Op& op) const;
  // The results of a split under each other's names.
  bool gives_in_other_order(const Op& op, const Op& named) const;
  // The wanted value is another result of the same op, and nobody takes that one rightly.
  bool gives_what_another_result_should(const Op& op, ValueId wanted) const;
  // Whether some op takes the value where its counterpart takes an equal one.
  bool serves_well(ValueId value) const;
  // The op that makes a value, and behind ops that only move elements the ones before them.
  static std::vector<const Op*> makers(const Side& side, ValueId value);

 protected:
  const Side& got_;
  const Side& want_;
  const Equals& equals_;

 private:
  std::unordered_map<ValueId, std::vector<const Op*>> users_;  // of values of the right program
  std::vector<Side::NameKind> trusted_;
};

}  // namespace anemone
