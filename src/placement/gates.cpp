// SPDX-License-Identifier: Apache-2.0
#include "placement/gates.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"

namespace anemone {
namespace {

constexpr int64_t kFileLimit = int64_t{1} << 31;  // 2 GiB
constexpr int kDeepest = 386;                     // convolutions in a chain
constexpr int kFileLimitRelease = 26;             // older systems: seen on H13 alone

std::string gigabytes(double bytes) { return fmt::format("{:.2f}", bytes / 1e9); }

Verdict verdict(const char* code, std::string reason) { return {&rule_table().get(code), std::move(reason)}; }

std::optional<Verdict> old_engine(const Target& target) {
  if (target.limits().ml_programs) return std::nullopt;
  return verdict(
      "ANE090", fmt::format("{} has no Neural Engine for ML Programs: they start with A14 and M1", target.chip->title));
}

std::optional<Verdict> large_file(const WeightSizes& weights, const Target& target) {
  if (target.release() < kFileLimitRelease && target.chip->family != Family::kH13) return std::nullopt;
  for (const WeightSizes::File& file : weights.files)
    if (file.bytes >= kFileLimit)
      return verdict("ANE092",
                     fmt::format("{} has {} GB, and a file of {} GB (2 GiB) or more takes the whole program off "
                                 "the Neural Engine",
                                 file.name, gigabytes(static_cast<double>(file.bytes)),
                                 gigabytes(static_cast<double>(kFileLimit))));
  return std::nullopt;
}

std::optional<Verdict> full_window(const WeightSizes& weights, const Target& target) {
  const Figure& window = target.chip->window_gb;
  const double bytes = static_cast<double>(weights.loaded);
  if (!window.known() || bytes <= window.value * 1e9) return std::nullopt;
  const std::string stored = weights.expanded > 0
                                 ? fmt::format(" ({} GB in the file, expanded to fp16 by {})",
                                               gigabytes(static_cast<double>(weights.stored)), target.os.str())
                                 : "";
  return verdict("ANE093", fmt::format("its weights take {} GB{}, and the address window of {} has {:.2f} GB",
                                       gigabytes(bytes), stored, target.chip->title, window.value));
}

// The longest chain of convolutions along the data flow.
int chain_of_convolutions(const Function& function) {
  std::unordered_map<ValueId, int> depth;
  int deepest = 0;
  for_each_op(function.body, [&](const Op& op) {
    int here = 0;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) here = std::max(here, depth[operand.value()]);
    here += op.type == "conv" ? 1 : 0;
    for (const Output& output : op.outputs) depth[output.id] = here;
    deepest = std::max(deepest, here);
  });
  return deepest;
}

std::optional<Verdict> deep(const Function& function, const Target& target) {
  if (!rule_table().get("ANE094").validity.holds(target)) return std::nullopt;
  const int depth = chain_of_convolutions(function);
  if (depth <= kDeepest) return std::nullopt;
  return verdict("ANE094", fmt::format("it chains {} convolutions, and the compiler of {} takes {}", depth,
                                       target.chip->title, kDeepest));
}

std::optional<Verdict> states(const Function& function) {
  const auto count = std::count_if(function.inputs.begin(), function.inputs.end(),
                                   [](const Output& input) { return input.type.is_state(); });
  if (count < 2) return std::nullopt;
  return verdict("ANE095",
                 fmt::format("it has {} states, and programs with more than one fail on the Neural Engine", count));
}

std::optional<Verdict> ranges(const Function& function) {
  for (const Feature& feature : function.input_features)
    for (const Feature::Range& range : feature.shape_ranges)
      if (range.upper != range.lower)
        return verdict("ANE096", fmt::format("the lengths of its input {} are a range, {} to {}", feature.name,
                                             range.lower, range.upper < 0 ? "any" : std::to_string(range.upper)));
  return std::nullopt;
}

// The program is newer than the system: it does not load at all.
std::optional<Verdict> unloadable(const Program& program, const Target& target) {
  const int needed = program.opset() + 10;
  if (target.release() >= needed) return std::nullopt;
  return verdict("ANE091",
                 fmt::format("a CoreML{} program needs {} or {}, and this is {}", program.opset(),
                             os_of_release(needed, false).str(), os_of_release(needed, true).str(), target.os.str()));
}

}  // namespace

std::optional<Verdict> closed_gate(const Program& program, const Function& function, const WeightSizes& weights,
                                   const Target& target, const RuleSet& without) {
  for (auto& verdict : {old_engine(target), unloadable(program, target), full_window(weights, target),
                        large_file(weights, target), deep(function, target), states(function), ranges(function)})
    if (verdict && !without.count(verdict->rule->code)) return verdict;
  return std::nullopt;
}

Window share_window(std::vector<Window::Member> members, const Target& target) {
  Window window;
  window.capacity_gb = target.chip->window_gb.value;
  const bool known = target.chip->window_gb.known();
  double used = 0;
  for (Window::Member& member : members) {
    if (member.same_as >= 0) {
      const Window::Member& original = members[static_cast<size_t>(member.same_as)];
      member.fits = original.fits;
      member.arithmetic = fmt::format("the same as {}: loaded once", original.name);
      continue;
    }
    const double after = used + static_cast<double>(member.bytes);
    member.fits = !known || after <= window.capacity_gb * 1e9;
    member.arithmetic =
        fmt::format("{} + {} = {} of {} GB", gigabytes(used), gigabytes(static_cast<double>(member.bytes)),
                    gigabytes(after), known ? fmt::format("{:.2f}", window.capacity_gb) : "?");
    if (member.fits) used = after;
  }
  window.used_gb = used / 1e9;
  window.members = std::move(members);
  return window;
}

Verdict window_verdict(const Window::Member& member, const Target& target) {
  return verdict("ANE093", fmt::format("the programs loaded before it leave too little of the address window of {}: {}",
                                       target.chip->title, member.arithmetic));
}

}  // namespace anemone
