// SPDX-License-Identifier: Apache-2.0
// A way to compress a weight. One file in compress/methods makes one; nothing else is edited. A recipe names methods
// with settings (compress/recipe.h); those of one rule work on the same draft in their order.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compress/draft.h"
#include "compress/reduction.h"

namespace anemone {

class Settings;

// A method with its settings: it either works on drafts or makes the graph smaller.
struct MethodStep {
  // Works on the draft, or says why the weight cannot be compressed this way and stays as it is.
  std::function<std::optional<std::string>(Draft&)> apply;
  int opset = 6;             // the first that can hold the result
  std::string opset_reason;  // what needs it: "palettes of grouped channels"
  std::string warning;       // for the user; empty: none
  // For methods that look at all weights before they change one: surveys[i] sees every draft, then after_survey[i]
  // runs.
  std::vector<std::function<void(const Draft&)>> surveys;
  std::vector<std::function<void()>> after_survey;
  bool in_order = false;  // drafts come one after another, in program order
  // Instead of all this: makes the graph itself smaller, before any draft is made.
  std::function<Reduction(const ReductionInput&)> reduce;
};

struct Method {
  std::string name;     // "palettize"
  std::string summary;  // one line for people
  // Reads the settings. Throws Error when one is out of range.
  std::function<MethodStep(Settings&)> make;
};

class MethodTable {
 public:
  void add(Method method) { methods_.emplace(method.name, std::move(method)); }
  const Method* find(const std::string& name) const;  // nullptr when there is none
  std::vector<std::string> names() const;

 private:
  std::map<std::string, Method> methods_;
};

// The methods of all files in compress/methods, made once.
const MethodTable& method_table();

}  // namespace anemone
