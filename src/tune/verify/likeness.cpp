// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/likeness.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace anemone {
namespace {

// Without its mean, its magnitude and the size of fillers; nothing for values that are all the same.
std::optional<Tensor> comparable(const Tensor& tensor) {
  const double limit = scale_of(tensor);
  Tensor result(DType::kFloat32, tensor.shape());
  const auto from = tensor.as<float>();
  const auto to = result.as<float>();
  double sum = 0;
  for (size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(std::clamp(static_cast<double>(from[i]), -limit, limit));
    sum += to[i];
  }
  const double mean = sum / static_cast<double>(std::max<size_t>(1, to.size()));
  double squares = 0;
  for (const float value : to) squares += (value - mean) * (value - mean);
  const double spread = std::sqrt(squares / static_cast<double>(std::max<size_t>(1, to.size())));
  if (!(spread > 1e-6 * limit) || !std::isfinite(spread)) return std::nullopt;
  for (float& value : to) value = static_cast<float>((value - mean) / spread);
  return result;
}

Tensor part_of(const Tensor& whole, size_t lane, const ConcreteShape& shape) {
  Tensor part(DType::kFloat32, shape);
  const auto from =
      whole.as<float>().subspan(lane * static_cast<size_t>(part.size()), static_cast<size_t>(part.size()));
  std::copy(from.begin(), from.end(), part.as<float>().begin());
  return part;
}

}  // namespace

Likeness::Likeness(const Side& got, const Side& want, const Equals& equals, double tolerance)
    : got_(got),
      want_(want),
      equals_(equals),
      tolerance_(std::max(tolerance, 1e-5)),
      got_lanes_(lanes_of(got)),
      want_lanes_(lanes_of(want)) {}

bool Likeness::has(ValueId got) const {
  const auto [entry, fresh] = known_.try_emplace(got, false);
  const Tensor* value = got_.value(got);
  if (fresh && value) known_[got] = is_like_whole(*value) || is_like_lane(got);
  return known_[got];
}

std::vector<Tensor> Likeness::forms(ValueId got, ValueId want, size_t most) const {
  std::vector<Tensor> result;
  const Tensor* now = got_.value(got);
  const Tensor* right = want == kNoValue ? nullptr : want_.value(want);
  if (!now || !right) return result;
  if (right->size() == now->size())
    for (const Layout& layout : layouts(right->shape(), now->shape(), most)) result.push_back(laid_out(*right, layout));
  for (const Lanes& lanes : got_lanes_) {  // one lane of it
    const auto at = std::find(lanes.values.begin(), lanes.values.end(), got);
    if (at == lanes.values.end() || right->size() != lanes.size()) continue;
    for (const Layout& layout : layouts(right->shape(), lanes.stacked_shape(), most))
      result.push_back(part_of(laid_out(*right, layout), static_cast<size_t>(at - lanes.values.begin()), now->shape()));
  }
  for (const Lanes& lanes : want_lanes_) {  // all of its lanes
    const bool has = std::find(lanes.values.begin(), lanes.values.end(), want) != lanes.values.end();
    if (!has || lanes.size() != now->size()) continue;
    for (const Layout& layout : layouts(lanes.stacked_shape(), now->shape(), most))
      result.push_back(laid_out(stacked(want_, lanes), layout));
  }
  return result;
}

std::vector<ValueId> Likeness::lost_like(ValueId got) const {
  std::set<ValueId> others;  // of lanes the first stands for all
  for (const Lanes& lanes : want_lanes_) {
    const auto first =
        std::find_if(lanes.values.begin(), lanes.values.end(), [](ValueId id) { return id != kNoValue; });
    others.insert(first + 1, lanes.values.end());
  }
  std::vector<ValueId> lost;
  for (const ValueId id : want_.values())
    if (!equals_.reproduced(id) && !others.count(id)) lost.push_back(id);
  const Op* maker = got_.producer(got);
  std::stable_partition(lost.begin(), lost.end(), [&](ValueId id) {
    const Op* other = want_.producer(id);
    return maker && other && other->type == maker->type;
  });
  return lost;
}

std::vector<Tensor> Likeness::replacements(ValueId got, ValueId first, size_t most) const {
  constexpr size_t kMostForms = 12;
  std::vector<Tensor> result = forms(got, first, kMostForms);
  for (const ValueId id : lost_like(got)) {
    if (result.size() >= most) break;
    if (id == first) continue;
    for (Tensor& form : forms(got, id, kMostForms)) result.push_back(std::move(form));
  }
  return result;
}

const Likeness::Candidates& Likeness::candidates(int64_t size) const {
  const auto [entry, fresh] = candidates_.try_emplace(size);
  Candidates& found = entry->second;
  if (!fresh) return found;
  for (const ValueId id : want_.values())
    if (want_.value(id)->size() == size && !equals_.reproduced(id))
      if (auto value = comparable(*want_.value(id))) found.wholes.push_back(std::move(*value));
  for (const Lanes& lanes : want_lanes_) {
    const auto lost = [&](ValueId id) { return id != kNoValue && !equals_.reproduced(id); };
    if (lanes.size() != size) continue;
    if (!std::all_of(lanes.values.begin(), lanes.values.end(), lost)) continue;
    if (auto value = comparable(stacked(want_, lanes))) found.lanes.push_back(std::move(*value));
  }
  return found;
}

bool Likeness::is_like_whole(const Tensor& value) const {
  const auto mine = comparable(value);
  if (!mine) return false;
  const Candidates& lost = candidates(value.size());
  const auto fits = [&](const Tensor& other) { return find_layout(other, *mine, 1, tolerance_).has_value(); };
  return std::any_of(lost.wholes.begin(), lost.wholes.end(), fits) ||
         std::any_of(lost.lanes.begin(), lost.lanes.end(), fits);
}

bool Likeness::is_like_lane(ValueId got) const {
  for (const Lanes& lanes : got_lanes_) {
    const auto at = std::find(lanes.values.begin(), lanes.values.end(), got);
    if (at == lanes.values.end()) continue;
    const auto mine = comparable(stacked(got_, lanes));
    if (!mine) return false;
    const Candidates& lost = candidates(mine->size());
    return std::any_of(lost.wholes.begin(), lost.wholes.end(), [&](const Tensor& other) {
      const bool x = equal_lanes(other, *mine, 1, tolerance_).at(static_cast<size_t>(at - lanes.values.begin()));
      return x;
    });
  }
  return false;
}

}  // namespace anemone
