// SPDX-License-Identifier: Apache-2.0
// Runs a template: statements put out text, expressions give values.
#pragma once

#include <ctime>

#include "tokenizers/jinja/library.h"
#include "tokenizers/jinja/syntax.h"

namespace anemone::jinja {

class Evaluator {
 public:
  Evaluator(const Dict& variables, std::time_t now);

  std::string run(const Block& block);

 private:
  using Frame = std::vector<std::pair<std::string, Value>>;
  enum class Flow { kOn, kBreak, kContinue };
  struct FrameGuard;

  // statements.cpp
  Flow execute(const Block& block);
  Flow execute(const Statement& statement);
  Flow loop(const Statement& statement);
  void bind_targets(const std::vector<std::string>& targets, const Value& value);
  void set(const Statement& statement);
  Value macro(const Statement& statement);
  std::string call_macro(const Statement& statement, size_t visible_frames, const Arguments& arguments);
  std::string captured(const Block& block);
  void put_out(std::string_view text);

  // expressions.cpp
  Value evaluate(const Expression& expression);
  Value evaluate_access(const Expression& expression);
  Value evaluate_logic(const Expression& expression);
  Value evaluate_unary(const Expression& expression);
  Value evaluate_filter(const Expression& expression);
  bool evaluate_comparison(const Expression& expression);
  Arguments evaluate_arguments(const std::vector<Argument>& arguments);
  Value look_up(const std::string& name) const;
  void count_steps(size_t steps);
  void charge(const Value& value);

  void define(const std::string& name, Value value);

  std::vector<Frame> frames_;
  std::string output_;
  const std::string* filter_input_ = nullptr;  // of the filter block around
  size_t steps_ = 0;
  int depth_ = 0;
};

// What every template may call.
Dict global_functions(std::time_t now);

}  // namespace anemone::jinja
