// SPDX-License-Identifier: Apache-2.0
// Values of a wrong program that look like lost ones of the right program: multiplied by a constant, shifted, or with
// another number for what a mask hides. Rewritten programs have such values of their own where nothing is wrong: a
// factor was moved to the other side of a product, -infinity became -10000.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "tune/verify/equals.h"
#include "tune/verify/lanes.h"

namespace anemone {

class Likeness {
 public:
  Likeness(const Side& got, const Side& want, const Equals& equals, double tolerance);

  bool has(ValueId got) const;
  // The value of `want` in the layouts and lanes that a value may hold it in.
  std::vector<Tensor> forms(ValueId got, ValueId want, size_t most) const;
  // Lost values in the layouts and lanes that a value may hold them in, at most `most`; the one called `first` first,
  // then those that an op of the same kind gives.
  std::vector<Tensor> replacements(ValueId got, ValueId first, size_t most) const;

 private:
  struct Candidates {
    std::vector<Tensor> wholes;
    std::vector<Tensor> lanes;
  };
  const Candidates& candidates(int64_t size) const;
  std::vector<ValueId> lost_like(ValueId got) const;
  bool is_like_whole(const Tensor& value) const;
  bool is_like_lane(ValueId got) const;

  const Side& got_;
  const Side& want_;
  const Equals& equals_;
  double tolerance_;
  std::vector<Lanes> got_lanes_;
  std::vector<Lanes> want_lanes_;
  mutable std::map<int64_t, Candidates> candidates_;  // by size: lost values, made comparable
  mutable std::unordered_map<ValueId, bool> known_;
};

}  // namespace anemone
