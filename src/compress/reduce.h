// SPDX-License-Identifier: Apache-2.0
// The first half of compressing: what a recipe's methods do to the graph itself. No weight is encoded yet.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compress/recipe.h"
#include "compress/reduction.h"
#include "ir/program.h"

namespace anemone {

struct ReductionReport {
  std::string function;
  Reduced part;
};

// By function and name: weights that a method made in the place of others, whose rule they follow.
using Successors = std::map<std::pair<std::string, std::string>, const RecipeRule*>;

struct ReducedProgram {
  Program program;
  std::vector<ReductionReport> reports;
  Successors successors;
};

// Throws Error when an op type or a name of the recipe matches no weight.
ReducedProgram reduce(const Program& program, const Recipe& recipe, const Keep& keep, int threads);

// The rule that a weight follows; nullptr when none does.
const RecipeRule* rule_of(const Recipe& recipe, const std::string& function, const Weight& weight,
                          const Successors& successors);

}  // namespace anemone
