// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "ir/verify_internal.h"

namespace anemone {

void StateVersions::declare(const Output& input) {
  roots_[input.id] = input.id;
  newest_[input.id] = input.id;
}

void StateVersions::use(const Output& value) const {
  if (newest_.at(root(value.id)) != value.id)
    fail("version {} of a state is used after the state was written again", value.name);
}

void StateVersions::continue_as(ValueId source, ValueId value) {
  const ValueId first = root(source);
  roots_[value] = first;
  newest_[first] = value;
}

void StateVersions::leave(const Newest& before, const std::vector<Newest>& after_blocks) {
  newest_ = before;
  for (auto& [state, newest] : newest_)
    for (const Newest& after : after_blocks)
      if (after.at(state) != newest) newest = kNoValue;
}

bool StateVersions::same_state(ValueId a, ValueId b) const { return root(a) == root(b); }

ValueId StateVersions::root(ValueId value) const {
  const auto found = roots_.find(value);
  if (found == roots_.end()) fail("a state does not come from an input of the function");
  return found->second;
}

}  // namespace anemone
