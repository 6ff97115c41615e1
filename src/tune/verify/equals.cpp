// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/equals.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tune/verify/lanes.h"

namespace anemone {
namespace {

// Figures that do not depend on the order of elements. Large ones are folded so that they do not hide small ones.
struct Moments {
  double mean = 0;
  double rms = 0;
  bool finite = true;
};

Moments moments_of(const Tensor& tensor, double scale) {
  Moments result;
  const auto values = tensor.as<float>();
  for (const float value : values) {
    const double x = static_cast<double>(value) / scale;
    const double folded = x / (1 + std::abs(x) / 10);
    result.mean += folded;
    result.rms += folded * folded;
  }
  const auto count = static_cast<double>(std::max<size_t>(1, values.size()));
  result.mean /= count;
  result.rms = std::sqrt(result.rms / count);
  result.finite = std::isfinite(result.rms);
  return result;
}

// Whether two tensors can be within the tolerance of each other in some order: mean and norm move by no more than the
// error. Folding lets an element of size x move by less than its error times max(1, x) / (1 + x/10)^2, at most 2.5.
bool may_equal(const Moments& a, const Moments& b, double tolerance) {
  if (!a.finite || !b.finite) return a.finite == b.finite;
  const double gap = 3 * tolerance + 1e-12;
  return std::abs(a.mean - b.mean) <= gap && std::abs(a.rms - b.rms) <= gap;
}

// How often each kind of op gives each shape.
std::map<std::string, int> kinds_of(const Side& side) {
  std::map<std::string, int> kinds;
  for (const ValueId id : side.values())
    if (const Op* op = side.producer(id)) ++kinds[op->type + to_string(side.value(id)->shape())];
  return kinds;
}

}  // namespace

bool has_same_layout(const Side& got, const Side& want) {
  auto kinds = kinds_of(got);
  for (const auto& [kind, count] : kinds_of(want)) kinds[kind] -= count;
  int different = 0;
  for (const auto& entry : kinds) different += std::abs(entry.second);
  return different <= 2;
}

Equals::Equals(const Side& got, const Side& want, double tolerance) : same_layout_(has_same_layout(got, want)) {
  match(got, want, tolerance, !same_layout_);
  if (same_layout_) return;
  match_lanes(got, want, tolerance);
  match_wholes(got, want, tolerance);
}

const std::set<ValueId>& Equals::of(ValueId got) const {
  static const std::set<ValueId> kNone;
  const auto found = equals_.find(got);
  return found == equals_.end() ? kNone : found->second;
}

void Equals::match(const Side& got, const Side& want, double tolerance, bool any_layout) {
  std::map<int64_t, std::vector<ValueId>> by_size;
  std::unordered_map<ValueId, Moments> theirs;
  for (const ValueId id : want.values()) {
    by_size[want.value(id)->size()].push_back(id);
    theirs[id] = moments_of(*want.value(id), want.scale(id));
  }
  for (const ValueId id : got.values()) {
    const Tensor& value = *got.value(id);
    for (const ValueId other : by_size[value.size()]) {
      const double scale = want.scale(other);
      if (equal(id, other) || std::abs(got.scale(id) / scale - 1) > 0.1) continue;
      if (!may_equal(moments_of(value, scale), theirs.at(other), tolerance)) continue;
      const Tensor& wanted = *want.value(other);
      // In order: dimensions may be split, merged or of size 1.
      const bool same = any_layout ? find_layout(wanted, value, scale, tolerance).has_value()
                                   : relative_error(value, wanted, scale) <= tolerance;
      if (!same) continue;
      equals_[id].insert(other);
      reproduced_.insert(other);
    }
  }
}

// Lanes of the wrong program against values of the right one.
void Equals::match_lanes(const Side& got, const Side& want, double tolerance) {
  for (const Lanes& lanes : lanes_of(got)) {
    const Tensor whole = stacked(got, lanes);
    for (const ValueId id : want.values()) {
      const std::vector<bool> equal = equal_lanes(*want.value(id), whole, want.scale(id), tolerance);
      for (size_t i = 0; i < equal.size(); ++i)
        if (equal[i] && lanes.values[i] != kNoValue) equals_[lanes.values[i]].insert(id);
      if (std::find(equal.begin(), equal.end(), false) == equal.end()) reproduced_.insert(id);
    }
  }
}

// Values of the wrong program against lanes of the right one.
void Equals::match_wholes(const Side& got, const Side& want, double tolerance) {
  for (const Lanes& lanes : lanes_of(want)) {
    const Tensor whole = stacked(want, lanes);
    const double scale = scale_of(whole);
    for (const ValueId id : got.values()) {
      const std::vector<bool> equal = equal_lanes(*got.value(id), whole, scale, tolerance);
      const bool all = std::find(equal.begin(), equal.end(), false) == equal.end();
      for (size_t i = 0; i < equal.size(); ++i) {
        if (!equal[i] || lanes.values[i] == kNoValue) continue;
        reproduced_.insert(lanes.values[i]);
        if (all) equals_[id].insert(lanes.values[i]);
      }
    }
  }
}

}  // namespace anemone
