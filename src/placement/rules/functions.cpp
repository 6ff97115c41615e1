// SPDX-License-Identifier: Apache-2.0
// Functions that the Neural Engine has no table or loop for.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

// A rule that refuses ops by type.
auto refuses_types(std::vector<std::string> types, const char* why) {
  return [types = std::move(types), why](const OpView& op, const Target&) -> std::optional<std::string> {
    for (const std::string& type : types)
      if (op.type() == type) return fmt::format("{} {}", type, why);
    return std::nullopt;
  };
}

}  // namespace

void register_rule_functions(RuleTable& table) {
  table.add(
      {"ANE030",
       Unit::kAne,
       "Functions without a table",
       "The engine evaluates functions by tables of 33 points, and these functions have none.",
       "Rewrite by functions that it has: asin, acos and atanh by log, sqrt and atan, sinh, cosh and tan by exp, sin "
       "and cos.",
       "751K, M4: acos, asin, atanh, cosh, sinh, tan refused alone and in context; ANEForge op-catalog, M1 to M5.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       refuses_types({"acos", "asin", "atanh", "cosh", "sinh", "tan"}, "has no table on the Neural Engine")});
  table.add({"ANE031",
             Unit::kAne,
             "Remainders",
             "The engine has no remainder.",
             "Write x - y * floor(x / y).",
             "751K, M4: refused; ANEForge op-catalog.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             refuses_types({"mod"}, "has no form on the Neural Engine: it lacks remainders")});
  table.add({"ANE032",
             Unit::kAne,
             "Running sums and products",
             "The engine reduces by sums, maxima and minima: it has neither products of an axis nor running sums.",
             "A product is exp of a sum of logarithms, a running sum is a matmul with a triangle of ones.",
             "751K, M4: cumsum and reduce_prod refused on every axis tried.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             refuses_types({"cumsum", "reduce_prod"}, "is not among the engine's reductions")});
  table.add({"ANE033",
             Unit::kAne,
             "Sine and cosine",
             "Sine and cosine came with A16 and M3.",
             "Compute the positions' sines and cosines when the model is converted.",
             "ANEForge capability table: sin and cos from H15 on; 751K, M4: accepted.",
             {Family::kH11, Family::kH14, 0, 99},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             refuses_types({"sin", "cos"}, "came with A16 and M3")});
  table.add({"ANE034",
             Unit::kAne,
             "Random numbers",
             "The engine draws no random numbers.",
             "Draw them before the model and pass them as an input.",
             "751K, M4: random_normal refused alone and in context.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             refuses_types({"random_normal", "random_uniform", "random_bernoulli", "random_categorical"},
                           "cannot run on the Neural Engine, which draws no random numbers")});
}

}  // namespace anemone
