// SPDX-License-Identifier: Apache-2.0
// Pruning: the elements of least magnitude become 0 and are not stored. A share of each tensor or of all together, n of
// every m in a row, whole blocks of output channels, or all up to a threshold.
#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "base/strings.h"
#include "compress/method.h"
#include "compress/settings.h"

namespace anemone {
namespace {

// Order of magnitudes as whole numbers: the bits without the sign.
constexpr uint32_t kMagnitude = 0x7FFFFFFF;
uint32_t magnitude(float value) { return std::bit_cast<uint32_t>(value) & kMagnitude; }

template <typename F>
void for_each_value(const Draft& draft, F f) {
  std::vector<float> values(static_cast<size_t>(std::min(kChunk, draft.size())));
  for (int64_t begin = 0; begin < draft.size(); begin += kChunk) {
    const int64_t end = std::min(draft.size(), begin + kChunk);
    draft.read(begin, end, values.data());
    for (int64_t i = begin; i < end; ++i) f(i, values[static_cast<size_t>(i - begin)]);
  }
}

// Counts of magnitudes, in two passes: the upper half of the bits, then the lower half of those that matter.
class Ranking {
 public:
  void count_upper(const Draft& draft) {
    for_each_value(draft, [&](int64_t, float value) { ++upper_[magnitude(value) >> 16]; });
    total_ += draft.size();
  }
  void choose(double share) {
    wanted_ = static_cast<int64_t>(std::floor(share * static_cast<double>(total_) + 0.5));
    for (below_ = 0, high_ = 0; high_ + 1 < upper_.size() && below_ + upper_[high_] < wanted_; ++high_)
      below_ += upper_[high_];
  }
  void count_lower(const Draft& draft) {
    for_each_value(draft, [&](int64_t, float value) {
      if (magnitude(value) >> 16 == high_) ++lower_[magnitude(value) & 0xFFFF];
    });
  }
  // All magnitudes less than `limit` go, and of those equal to it the first `ties`.
  void finish() {
    size_t low = 0;
    int64_t below = below_;
    for (; low + 1 < lower_.size() && below + lower_[low] < wanted_; ++low) below += lower_[low];
    limit = static_cast<uint32_t>(high_ << 16 | low);
    ties = std::max<int64_t>(0, wanted_ - below);
  }

  uint32_t limit = 0;
  int64_t ties = 0;

 private:
  std::vector<int64_t> upper_ = std::vector<int64_t>(1 << 15, 0);
  std::vector<int64_t> lower_ = std::vector<int64_t>(1 << 16, 0);
  int64_t total_ = 0;
  int64_t wanted_ = 0;
  int64_t below_ = 0;
  size_t high_ = 0;
};

void drop_below(Draft& draft, uint32_t limit, int64_t& ties) {
  for_each_value(draft, [&](int64_t i, float value) {
    const uint32_t own = magnitude(value);
    const bool drops = own < limit || (own == limit && ties > 0);
    if (own == limit && ties > 0) --ties;
    if (drops) draft.kept[static_cast<size_t>(i)] = 0;
  });
}

// The same of halves, whose magnitudes are few enough for one pass.
void drop_share_of_halves(Draft& draft, double share) {
  constexpr uint16_t kHalfMagnitude = 0x7FFF;
  const auto halves = draft.source.as<uint16_t>();
  std::vector<int64_t> counts(kHalfMagnitude + 1, 0);
  for (const uint16_t half : halves) ++counts[half & kHalfMagnitude];
  int64_t left = static_cast<int64_t>(std::floor(share * static_cast<double>(draft.size()) + 0.5));
  uint16_t limit = 0;
  for (; limit < kHalfMagnitude && counts[limit] < left; ++limit) left -= counts[limit];
  for (size_t i = 0; i < halves.size(); ++i) draft.kept[i] = (halves[i] & kHalfMagnitude) >= limit;
  for (size_t i = 0; i < halves.size() && left > 0; ++i) {
    if ((halves[i] & kHalfMagnitude) != limit) continue;
    draft.kept[i] = 0;
    --left;
  }
}

void drop_share(Draft& draft, double share) {
  if (draft.dtype() == DType::kFloat16) return drop_share_of_halves(draft, share);
  Ranking ranking;
  ranking.count_upper(draft);
  ranking.choose(share);
  ranking.count_lower(draft);
  ranking.finish();
  drop_below(draft, ranking.limit, ranking.ties);
}

struct Strides {
  int64_t size = 1;   // of the axis
  int64_t inner = 1;  // elements from one index of it to the next
};

Strides strides_of(const Draft& draft, int axis) {
  Strides strides;
  strides.size = draft.shape()[static_cast<size_t>(axis)];
  for (size_t i = static_cast<size_t>(axis) + 1; i < draft.shape().size(); ++i) strides.inner *= draft.shape()[i];
  return strides;
}

// Of every `group` neighbours along the input channels, the `count` smallest.
void drop_in_groups(Draft& draft, int64_t count, int64_t group) {
  const Strides axis = strides_of(draft, draft.input_axis);
  std::vector<float> row(static_cast<size_t>(axis.size * axis.inner));
  std::vector<int64_t> order;
  for (int64_t begin = 0; begin < draft.size(); begin += axis.size * axis.inner) {
    draft.read(begin, begin + axis.size * axis.inner, row.data());
    for (int64_t inner = 0; inner < axis.inner; ++inner)
      for (int64_t first = 0; first < axis.size; first += group) {
        const int64_t size = std::min(group, axis.size - first);
        order.resize(static_cast<size_t>(size));
        std::iota(order.begin(), order.end(), first);
        const auto at = [&](int64_t i) { return std::fabs(row[static_cast<size_t>(i * axis.inner + inner)]); };
        std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return at(a) < at(b); });
        for (int64_t i = 0; i < std::min(count, size); ++i)
          draft.kept[static_cast<size_t>(begin + order[static_cast<size_t>(i)] * axis.inner + inner)] = 0;
      }
  }
}

// Blocks of `block` output channels (the last may be smaller) at one place of all other axes, those of the smallest
// mean square first.
void drop_blocks(Draft& draft, double share, int64_t block) {
  const Strides axis = strides_of(draft, draft.output_axis);
  const int64_t blocks = (axis.size + block - 1) / block;
  const int64_t outer = draft.size() / (axis.size * axis.inner);
  const auto block_of = [&](int64_t i) {
    const int64_t channel = i / axis.inner % axis.size;
    return static_cast<size_t>((i / (axis.inner * axis.size) * blocks + channel / block) * axis.inner + i % axis.inner);
  };
  std::vector<double> squares(static_cast<size_t>(outer * blocks * axis.inner), 0);
  for_each_value(draft, [&](int64_t i, float value) { squares[block_of(i)] += static_cast<double>(value) * value; });
  const int64_t last = axis.size - (blocks - 1) * block;
  for (size_t i = 0; i < squares.size(); ++i) {
    const bool is_last = static_cast<int64_t>(i) / axis.inner % blocks == blocks - 1;
    squares[i] /= static_cast<double>(is_last ? last : block);
  }
  std::vector<size_t> order(squares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return squares[a] < squares[b]; });
  order.resize(static_cast<size_t>(std::floor(share * static_cast<double>(order.size()) + 0.5)));
  std::vector<uint8_t> dropped(squares.size(), 0);
  for (const size_t each : order) dropped[each] = 1;
  for (int64_t i = 0; i < draft.size(); ++i)
    if (dropped[block_of(i)]) draft.kept[static_cast<size_t>(i)] = 0;
}

// Zeros need no place whether somebody pruned them or not; one element stays, since weight files have no empty blobs.
void leave_out_zeros(Draft& draft) {
  int64_t stored = 0;
  std::vector<float> values(static_cast<size_t>(std::min(kChunk, draft.size())));
  for (int64_t begin = 0; begin < draft.size(); begin += kChunk) {
    const int64_t count = std::min(kChunk, draft.size() - begin);
    draft.read(begin, begin + count, values.data());
    uint8_t* kept = draft.kept.data() + begin;
    for (int64_t i = 0; i < count; ++i) kept[i] &= static_cast<uint8_t>(values[static_cast<size_t>(i)] != 0);
    for (int64_t i = 0; i < count; ++i) stored += kept[i];
  }
  if (stored == 0) draft.kept[0] = 1;
}

std::optional<std::string> prepare(Draft& draft) {
  if (!draft.codes.empty()) return "its values are codes already";
  draft.kept.assign(static_cast<size_t>(draft.size()), 1);
  return std::nullopt;
}

using Drop = std::function<std::optional<std::string>(Draft&)>;

MethodStep step_of(const Drop& drop) {
  MethodStep step;
  step.opset_reason = "sparse weights";
  step.apply = [drop](Draft& draft) {
    if (auto reason = prepare(draft)) return reason;
    if (auto reason = drop(draft)) return reason;
    leave_out_zeros(draft);
    return std::optional<std::string>();
  };
  return step;
}

// "2:4" -> 2 of every 4.
std::pair<int64_t, int64_t> ratio_of(const std::string& text) {
  const auto parts = split(text, ':');
  const auto n = parts.size() == 2 ? parse_int(parts[0]) : std::nullopt;
  const auto m = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
  if (!n || !m || *n < 1 || *m <= *n || *m > 1024) fail("prune: n_m_ratio: {}: expected N:M with 0 < N < M", text);
  return {*n, *m};
}

MethodStep global_step(double share) {
  const auto ranking = std::make_shared<Ranking>();
  MethodStep step = step_of([ranking](Draft& draft) {
    drop_below(draft, ranking->limit, ranking->ties);
    return std::optional<std::string>();
  });
  step.in_order = true;
  step.surveys = {[ranking](const Draft& draft) { ranking->count_upper(draft); },
                  [ranking](const Draft& draft) { ranking->count_lower(draft); }};
  step.after_survey = {[ranking, share] { ranking->choose(share); }, [ranking] { ranking->finish(); }};
  return step;
}

MethodStep threshold_step(double threshold, double least) {
  return step_of([threshold, least](Draft& draft) -> std::optional<std::string> {
    int64_t dropped = 0;
    for_each_value(draft, [&](int64_t i, float value) {
      if (std::fabs(value) > threshold) return;
      draft.kept[static_cast<size_t>(i)] = 0;
      ++dropped;
    });
    const double share = static_cast<double>(dropped) / static_cast<double>(draft.size());
    if (share >= least) return std::nullopt;
    return fmt::format("only {:.1f} % of its values are at most {}, less than {:.1f} %", 100 * share,
                       shortest(threshold), 100 * least);
  });
}

MethodStep make(Settings& settings) {
  if (settings.has("threshold")) {
    const double threshold = settings.number("threshold", 0, 0, 1e30);
    return threshold_step(threshold, settings.number("minimum_sparsity", 0.5, 0, 1));
  }
  if (settings.has("n_m_ratio")) {
    const auto [n, m] = ratio_of(settings.text("n_m_ratio", ""));
    return step_of([n = n, m = m](Draft& draft) -> std::optional<std::string> {
      if (draft.input_axis < 0) return "it has no axis of input channels";
      drop_in_groups(draft, n, m);
      return std::nullopt;
    });
  }
  const double share = settings.number("sparsity", 0.5, 0, 1);
  const int64_t block = settings.integer("block_size", 1, 1, INT32_MAX);
  if (settings.choice("scope", "layer", {"layer", "global"}) == "global") {
    if (block > 1) fail("prune: block_size: cannot be combined with scope global");
    return global_step(share);
  }
  return step_of([share, block](Draft& draft) {
    block > 1 ? drop_blocks(draft, share, block) : drop_share(draft, share);
    return std::optional<std::string>();
  });
}

}  // namespace

void register_method_prune(MethodTable& table) {
  table.add({"prune", "Small values become 0 and are not stored", make});
}

}  // namespace anemone
