// SPDX-License-Identifier: Apache-2.0
// For every value of one program, the values of another that hold the same numbers, whatever their layout. Where one
// program has taken a value apart into lanes, each lane equals the whole.
#pragma once

#include <set>
#include <unordered_map>

#include "tune/verify/side.h"

namespace anemone {

// Two programs in one layout have the same ops; a fault makes one op another one, or adds one.
bool has_same_layout(const Side& got, const Side& want);

class Equals {
 public:
  // `tolerance` is a relative error (see layout.h).
  Equals(const Side& got, const Side& want, double tolerance);

  // Values of `want` that equal this one of `got`.
  const std::set<ValueId>& of(ValueId got) const;
  bool known(ValueId got) const { return !of(got).empty(); }
  bool equal(ValueId got, ValueId want) const { return of(got).count(want) > 0; }
  // Whether some value of `got` equals this one of `want`.
  bool reproduced(ValueId want) const { return reproduced_.count(want) > 0; }
  // Both programs work in the same layout: orders of axes count.
  bool same_layout() const { return same_layout_; }

 private:
  void match(const Side& got, const Side& want, double tolerance, bool any_layout);
  void match_lanes(const Side& got, const Side& want, double tolerance);
  void match_wholes(const Side& got, const Side& want, double tolerance);

  std::unordered_map<ValueId, std::set<ValueId>> equals_;
  std::set<ValueId> reproduced_;
  bool same_layout_ = false;
};

}  // namespace anemone
