// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/movement.h"

namespace anemone {

std::vector<Signature> movement_signatures(const std::string& rest, const std::string& rest_since_7, int first) {
  const auto text = [](std::string_view types, const std::string& more) {
    return fmt::format("x: T={}{}{}", types, more.empty() ? "" : ", ", more);
  };
  return {signature(first, text(kMovedBefore7, rest)), signature(7, text(kMovedSince7, rest_since_7))};
}

void set_reshaped(const Arguments& args, Results& results, const std::vector<Type>& inferred) {
  CHECK(inferred.size() == 1 && inferred[0].is_concrete());
  results.set(0, args.tensor("x").reshaped(inferred[0].concrete()));
}

void expect_rank(const Arguments& args, std::string_view name, int rank) {
  const Type& type = args.type(name);
  if (type.ranked && type.rank() != rank) fail("{} has rank {}, expected {}", name, type.rank(), rank);
}

Dim unified(const Dim& a, const Dim& b, int axis) {
  if (provably_different(a, b)) fail("axis {} has sizes {} and {}", axis, a.str(), b.str());
  if (a.is_constant() || b.is_unknown()) return a;
  return b.is_constant() || a.is_unknown() ? b : a;
}

}  // namespace anemone
