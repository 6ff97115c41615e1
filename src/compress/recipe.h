// SPDX-License-Identifier: Apache-2.0
// Which weights are compressed how. A recipe is a list of rules; each weight follows the first rule that matches it,
// and one that no rule matches stays as it is. As JSON:
//
//   {"rules": [
//     {"op_types": ["gather"], "methods": []},
//     {"names": ["*attention*"], "min_elements": 4096, "keep_first": 1, "keep_last": 1,
//      "methods": [{"prune": {"sparsity": 0.5}}, {"palettize": {"nbits": 4}}]}]}
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "compress/method.h"
#include "compress/weights.h"

namespace anemone {

struct RecipeRule {
  std::vector<std::string> op_types;      // of ops that use the weight; empty: any
  std::vector<std::string> names;         // patterns of the weight, its users or where these came from; empty: any
  int64_t min_elements = 2048;            // smaller ones stay as they are
  int64_t keep_first = 0, keep_last = 0;  // of the weights that follow this rule
  std::vector<MethodStep> reductions;     // that come first: they make the graph smaller
  std::vector<MethodStep> steps;          // that encode; empty: what matches stays as it is
  std::vector<std::string> methods;       // names of steps, for people
};

struct Recipe {
  std::vector<RecipeRule> rules;
  std::string text;  // JSON with all defaults written out
};

// Throws Error that names the rule and the setting.
Recipe make_recipe(const Json& document);
// Of a .json, .yaml or .yml file.
Recipe read_recipe(const std::filesystem::path& path);

// The first rule that matches by op type and name; -1 when none does.
int rule_for(const Recipe& recipe, const Weight& weight);

// Whether the rule keeps the weight of this number, of all that follow it, because it is one of the first or last.
bool is_kept_end(const RecipeRule& rule, size_t number, size_t count);

// Throws Error when an op type or a name of a rule matches no weight.
void check_matches(const Recipe& recipe, const std::vector<const Weight*>& weights);

}  // namespace anemone
