// SPDX-License-Identifier: Apache-2.0
#include "compress/reduce.h"

#include <memory>

#include "base/error.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

void check_recipe(const Program& program, const Recipe& recipe) {
  std::vector<std::unique_ptr<const Graph>> graphs;
  std::vector<Weight> weights;
  for (const auto& entry : program.functions) {
    graphs.push_back(std::make_unique<const Graph>(*entry.second));
    for (Weight& weight : find_weights(*graphs.back())) weights.push_back(std::move(weight));
  }
  std::vector<const Weight*> all;
  for (const Weight& weight : weights) all.push_back(&weight);
  check_matches(recipe, all);
}

// One method on one function.
class Round {
 public:
  Round(const Recipe& recipe, const RecipeRule& rule, const Keep& keep, int threads)
      : recipe_(recipe), rule_(rule), keep_(keep), threads_(threads) {}

  std::shared_ptr<const Function> run(const MethodStep& step, const std::string& name,
                                      const std::shared_ptr<const Function>& function, ReducedProgram& result) {
    const Graph graph(*function);
    const std::vector<Weight> weights = find_weights(graph);
    const ReductionInput input{*function, graph, chosen(weights, name, result.successors), keep_, threads_};
    if (input.weights.empty()) return function;
    Reduction reduction = step.reduce(input);
    for (Reduced& part : reduction.parts) {
      for (const std::string& successor : part.successors) result.successors[{name, successor}] = &rule_;
      result.reports.push_back({name, std::move(part)});
    }
    return std::make_shared<const Function>(std::move(reduction.function));
  }

 private:
  std::vector<const Weight*> chosen(const std::vector<Weight>& weights, const std::string& function,
                                    const Successors& successors) const {
    std::vector<const Weight*> followers, result;
    for (const Weight& weight : weights)
      if (rule_of(recipe_, function, weight, successors) == &rule_ && !weight.obstacle &&
          weight.type().element_count() >= rule_.min_elements)
        followers.push_back(&weight);
    for (size_t i = 0; i < followers.size(); ++i)
      if (!is_kept_end(rule_, i, followers.size())) result.push_back(followers[i]);
    return result;
  }

  const Recipe& recipe_;
  const RecipeRule& rule_;
  const Keep& keep_;
  int threads_;
};

}  // namespace

ReducedProgram reduce(const Program& program, const Recipe& recipe, const Keep& keep, int threads) {
  check_recipe(program, recipe);
  ReducedProgram result;
  result.program = program;
  for (const RecipeRule& rule : recipe.rules)
    for (const MethodStep& step : rule.reductions)
      for (auto& [name, function] : result.program.functions)
        function = Round(recipe, rule, keep, threads).run(step, name, function, result);
  if (!result.reports.empty())
    with_context("the smaller program", [&] { verify(result.program, op_table(), VerifyOptions{false}); });
  return result;
}

const RecipeRule* rule_of(const Recipe& recipe, const std::string& function, const Weight& weight,
                          const Successors& successors) {
  if (const auto found = successors.find({function, weight.name()}); found != successors.end()) return found->second;
  const int index = rule_for(recipe, weight);
  return index < 0 ? nullptr : &recipe.rules[static_cast<size_t>(index)];
}

}  // namespace anemone
