// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/lanes.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"

namespace anemone {
namespace {

struct Place {
  size_t group = 0;
  size_t lane = 0;
};

class Search {
 public:
  explicit Search(const Side& side) : side_(side) {}

  std::vector<Lanes> run() {
    for (const Op* op : side_.ops()) op->type == "split" ? begin(*op) : follow(*op);
    const auto present = [](ValueId id) { return id != kNoValue; };
    groups_.erase(std::remove_if(groups_.begin(), groups_.end(),
                                 [&](const Lanes& lanes) {
                                   return std::count_if(lanes.values.begin(), lanes.values.end(), present) < 2;
                                 }),
                  groups_.end());
    return std::move(groups_);
  }

 private:
  void begin(const Op& op) {
    const Tensor* first = side_.value(op.id());
    if (!first || op.outputs.size() < 2) return;
    Lanes lanes;
    lanes.shape = first->shape();
    for (const Output& output : op.outputs) {
      const Tensor* value = side_.value(output.id);
      if (!value || value->shape() != lanes.shape) return;
      places_[output.id] = {groups_.size(), lanes.values.size()};
      lanes.values.push_back(output.id);
    }
    groups_.push_back(std::move(lanes));
  }

  // An op that takes one lane: of one number in all groups that are as large as the largest.
  void follow(const Op& op) {
    const Tensor* value = op.outputs.size() == 1 ? side_.value(op.id()) : nullptr;
    if (!value) return;
    std::string key = op.type + to_string(value->shape());
    std::optional<Place> place;
    for (const Slot& slot : side_.slots(op)) {
      const auto found = places_.find(slot.value);
      key +=
          "," + (found == places_.end() ? "v" + std::to_string(slot.value) : "g" + std::to_string(found->second.group));
      if (found == places_.end()) continue;
      const size_t lanes = groups_[found->second.group].values.size();
      const size_t most = place ? groups_[place->group].values.size() : 0;
      if (lanes == most && found->second.lane != place->lane) return;
      if (lanes > most) place = found->second;
    }
    if (place) add(op, key, groups_[place->group].values.size(), place->lane, value->shape());
  }

  void add(const Op& op, const std::string& key, size_t count, size_t lane, const ConcreteShape& shape) {
    auto& candidates = by_key_[key];
    for (const size_t group : candidates)
      if (groups_[group].values[lane] == kNoValue) return put(op, group, lane);
    candidates.push_back(groups_.size());
    groups_.push_back({std::vector<ValueId>(count, kNoValue), shape});
    put(op, groups_.size() - 1, lane);
  }

  void put(const Op& op, size_t group, size_t lane) {
    groups_[group].values[lane] = op.id();
    places_[op.id()] = {group, lane};
  }

  const Side& side_;
  std::vector<Lanes> groups_;
  std::map<ValueId, Place> places_;
  std::map<std::string, std::vector<size_t>> by_key_;
};

}  // namespace

std::vector<Lanes> lanes_of(const Side& side) { return Search(side).run(); }

ConcreteShape Lanes::stacked_shape() const {
  ConcreteShape whole = shape;
  whole.insert(whole.begin(), static_cast<int64_t>(values.size()));
  return whole;
}

Tensor stacked(const Side& side, const Lanes& lanes) {
  Tensor whole(DType::kFloat32, lanes.stacked_shape());
  const auto to = whole.as<float>();
  const auto step = static_cast<size_t>(product(lanes.shape));
  std::fill(to.begin(), to.end(), 0.0F);
  for (size_t i = 0; i < lanes.values.size(); ++i) {
    if (lanes.values[i] == kNoValue) continue;
    const auto from = side.value(lanes.values[i])->as<float>();
    std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(i * step));
  }
  return whole;
}

}  // namespace anemone
