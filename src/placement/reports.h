// SPDX-License-Identifier: Apache-2.0
// An explanation as people and machines read it.
#pragma once

#include <string>

#include "placement/explain.h"

namespace anemone {

struct TableOptions {
  int depth = 4;  // parts of a layer's path that make a row; 0: a row for each op
};
std::string explanation_table(const Explanation& explanation, const TableOptions& options);

// Everything about one op, found by its name, that of a result, or its index. Throws Error when there is none.
std::string why(const Explanation& explanation, const std::string& op);

std::string explanation_csv(const Explanation& explanation);
// One test for each op, skipped when it runs off the Neural Engine, and one for the condition, which fails when it
// holds.
std::string explanation_junit(const Explanation& explanation, const std::string& condition);
// SARIF 2.1.0: the rules met, and a result for each op off the Neural Engine.
std::string explanation_sarif(const Explanation& explanation);

// The names that a condition of --fail-if may use, and whether it holds for one of the models.
bool fails(const Explanation& explanation, const std::string& condition);

// All rules with their evidence, and the tables of chips and rates: docs/placement.md.
std::string rules_markdown();
Json rules_json();

std::string op_name(const PlacedOp& op);
// The reason of an op off the Neural Engine; nullptr for one that is on it.
const Verdict* reason_of(const PlacedOp& op);

}  // namespace anemone
