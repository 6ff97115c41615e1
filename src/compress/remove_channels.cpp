// SPDX-License-Identifier: Apache-2.0
#include "compress/remove_channels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "compress/channels.h"
#include "compress/settings.h"
#include "ops/ops.h"

namespace anemone {
namespace {

struct Candidate {
  const Weight* weight;
  Channels channels;
  std::vector<double> scores;  // of units: the least go first
  int64_t going = 0;
};

struct Operand2 {
  ValueId value;
  int axis;
};

// The operand that the weight is multiplied with, and its axis that the product sums over.
std::optional<Operand2> summed_operand(const Graph& graph, const Weight& weight) {
  if (weight.users.size() != 1 || weight.input_axis < 0) return std::nullopt;
  const Op& user = *weight.users.front();
  const auto statement = axes_of(user, op_table(), graph.function().opset, graph);
  if (!statement || !statement->contracts || statement->operands.size() != 2) return std::nullopt;
  const auto value_at = [&](const AxesStatement::Place& place) {
    const Operand& operand = user.argument(place.argument)->operands[place.index];
    return operand.is_value() ? operand.value() : kNoValue;
  };
  for (size_t i = 0; i < 2; ++i) {
    if (value_at(statement->operands[i]) != weight.op->id()) continue;
    const char letter = statement->operands[i].letters.at(static_cast<size_t>(weight.input_axis));
    const size_t axis = statement->operands[1 - i].letters.find(letter);
    const ValueId other = value_at(statement->operands[1 - i]);
    if (axis == std::string::npos || other == kNoValue || other == weight.op->id()) return std::nullopt;
    return Operand2{other, static_cast<int>(axis)};
  }
  return std::nullopt;
}

// Adds the sum of squares of each unit of a tensor.
void add_squares(const Tensor& tensor, ChannelPlace place, const Importance& importance, std::vector<double>& scores) {
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(place.axis) + 1; i < tensor.shape().size(); ++i) inner *= tensor.shape()[i];
  const int64_t size = tensor.shape()[static_cast<size_t>(place.axis)];
  const auto values = tensor.as<float>();
  for (int64_t row = 0; row * inner < tensor.size(); ++row) {
    const int64_t channel = row % size;
    double sum = 0;
    for (int64_t i = 0; i < inner; ++i) {
      const double value = values[static_cast<size_t>(row * inner + i)];
      sum += value * value;
    }
    const double factor = importance.empty() ? 1 : importance[static_cast<size_t>(channel)];
    scores[static_cast<size_t>(channel / place.size)] += factor * sum;
  }
}

// Without an importance, the squares of all weights that go with a unit; with one, of those that the product sums over,
// times what they are multiplied with.
std::vector<double> scores_of(const Graph& graph, const Weight& weight, const Channels& channels,
                              const ChannelChoice& choice) {
  std::vector<double> scores(static_cast<size_t>(channels.count), 0);
  Importance importance;
  if (choice.importance) {
    Draft draft(weight.value().stored());
    draft.name = weight.name();
    draft.input_axis = weight.input_axis;
    importance = choice.importance->of(draft);
  }
  for (const auto& [value, place] : channels.places) {
    const Op* op = graph.producer(value);
    if (op->type != "const" || graph.type(value).rank() < 2) continue;
    if (!importance.empty() && value != weight.op->id()) continue;
    const Constant& constant = op->argument("val")->operands.front().literal();
    add_squares(constant.tensor(), place, importance, scores);
    constant.release();
  }
  for (const double score : scores)
    if (!std::isfinite(score)) return {};
  return scores;
}

int64_t going_of(int64_t count, double share, int64_t multiple) {
  int64_t kept = count - static_cast<int64_t>(std::floor(share * static_cast<double>(count) + 0.5));
  kept = (std::max<int64_t>(kept, 1) + multiple - 1) / multiple * multiple;
  return std::max<int64_t>(0, count - kept);
}

// How many go where, when the share is of all together.
void share_globally(std::vector<Candidate>& candidates, const ChannelChoice& choice) {
  std::vector<std::pair<double, size_t>> all;
  for (size_t i = 0; i < candidates.size(); ++i)
    for (const double score : candidates[i].scores) all.emplace_back(score, i);
  std::sort(all.begin(), all.end());
  std::vector<int64_t> going(candidates.size(), 0);
  const auto wanted = static_cast<size_t>(std::floor(choice.share * static_cast<double>(all.size()) + 0.5));
  for (size_t i = 0; i < wanted; ++i) ++going[all[i].second];
  for (size_t i = 0; i < candidates.size(); ++i) {
    const int64_t count = candidates[i].channels.count;
    candidates[i].going = going_of(count, static_cast<double>(going[i]) / static_cast<double>(count), choice.multiple);
  }
}

Removal removal_of(const Candidate& candidate) {
  std::vector<size_t> order(candidate.scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return candidate.scores[a] < candidate.scores[b]; });
  Removal removal{candidate.channels, std::vector<uint8_t>(candidate.scores.size(), 0)};
  for (int64_t i = 0; i < candidate.going; ++i) removal.gone[order[static_cast<size_t>(i)]] = 1;
  return removal;
}

class Chooser {
 public:
  Chooser(const ReductionInput& input, const ChannelChoice& choice) : input_(input), choice_(choice) {}

  Reduction run() {
    for (const Weight* weight : input_.weights)
      if (const std::string reason = consider(*weight); !reason.empty())
        result_.parts.push_back({weight->name(), reason});
    for (Candidate& candidate : candidates_)
      candidate.going = going_of(candidate.channels.count, choice_.share, choice_.multiple);
    if (choice_.global) share_globally(candidates_, choice_);
    result_.function = input_.function;
    std::vector<Removal> removals;
    for (const Candidate& candidate : candidates_) {
      Removal removal = removal_of(candidate);
      if (const std::string reason = fault_of(removal); !reason.empty()) {
        result_.parts.push_back({candidate.weight->name(), reason});
        continue;
      }
      report(candidate);
      removals.push_back(std::move(removal));
    }
    if (!removals.empty()) result_.function = without_channels(input_.function, input_.graph, removals);
    return std::move(result_);
  }

 private:
  std::string unit() const { return choice_.heads ? "heads" : "neurons"; }

  // Why the channels that the weight sums over cannot go; else they are a candidate.
  std::string consider(const Weight& weight) {
    if (weight.obstacle) return *weight.obstacle;
    const auto operand = summed_operand(input_.graph, weight);
    if (!operand) return "no single product sums over its inputs";
    Channels channels = trace_channels(input_.graph, operand->value, operand->axis, 1);
    if (choice_.heads) {
      if (channels.obstacle.empty()) return "its inputs are no heads";
      while (channels.larger > 1)
        channels = trace_channels(input_.graph, operand->value, operand->axis, channels.larger);
    }
    if (!channels.obstacle.empty()) return fmt::format("its inputs cannot go: {}", channels.obstacle);
    for (const auto& [value, place] : channels.places)
      if (!taken_.emplace(value, place.axis).second) return "its inputs go with another weight";
    std::vector<double> scores = scores_of(input_.graph, weight, channels, choice_);
    if (scores.empty()) return "it holds values that are not finite";
    candidates_.push_back({&weight, std::move(channels), std::move(scores)});
    return "";
  }

  std::string fault_of(const Removal& removal) const {
    if (removal.kept() == static_cast<int64_t>(removal.gone.size())) return fmt::format("all {} stay", unit());
    try {
      without_channels(input_.function, input_.graph, {removal});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  void report(const Candidate& candidate) {
    Reduced part{candidate.weight->name(),
                 fmt::format("{} of {} {} go", candidate.going, candidate.channels.count, unit()), true};
    for (const auto& [value, place] : candidate.channels.places) {
      if (input_.graph.producer(value)->type != "const") continue;
      const Type& type = input_.graph.type(value);
      const int64_t bytes = *byte_size(type.dtype, type.element_count());
      part.bytes_before += bytes;
      part.bytes_after += bytes / candidate.channels.count * (candidate.channels.count - candidate.going);
    }
    result_.parts.push_back(std::move(part));
  }

  const ReductionInput& input_;
  const ChannelChoice& choice_;
  std::vector<Candidate> candidates_;
  std::set<std::pair<ValueId, int>> taken_;
  Reduction result_;
};

}  // namespace

ChannelChoice read_channel_choice(Settings& settings, bool heads) {
  ChannelChoice choice;
  choice.heads = heads;
  choice.share = settings.number("share", 0.25, 0, 1);
  choice.multiple = settings.integer("multiple_of", 1, 1, 1 << 20);
  choice.global = settings.choice("scope", "layer", {"layer", "global"}) == "global";
  const std::string importance = settings.text("importance", "");
  if (!importance.empty()) choice.importance = std::make_shared<const ImportanceFile>(importance);
  return choice;
}

Reduction remove_channels(const ReductionInput& input, const ChannelChoice& choice) {
  return Chooser(input, choice).run();
}

}  // namespace anemone
