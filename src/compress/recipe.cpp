// SPDX-License-Identifier: Apache-2.0
#include "compress/recipe.h"

#include <algorithm>

#include "base/error.h"
#include "base/glob.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "base/similar.h"
#include "base/strings.h"
#include "base/yaml.h"
#include "compress/settings.h"

namespace anemone {
namespace {

MethodStep step_of(const std::string& name, const Json& settings, const std::string& context, Json& read) {
  const Method* method = method_table().find(name);
  if (!method) fail("{}: there is no method {}: expected {}", context, name, any_of(method_table().names()));
  Settings given(settings, context + ": " + name);
  MethodStep step = method->make(given);
  given.finish();
  read.push_back({{name, given.read()}});
  return step;
}

// The methods of one rule; several work on one weight.
void read_methods(const Json& methods, const std::string& context, RecipeRule& rule, Json& read) {
  if (!methods.is_array()) fail("{}: methods: expected a list, such as [{{\"palettize\": {{\"nbits\": 4}}}}]", context);
  for (const Json& entry : methods) {
    if (!entry.is_object() || entry.size() != 1)
      fail("{}: methods: {}: expected one method with its settings", context, entry.dump());
    const std::string& name = entry.begin().key();
    MethodStep step = step_of(name, entry.begin().value(), context, read);
    if (step.reduce && !rule.steps.empty())
      fail("{}: methods: {}: expected before {}, which encodes what it leaves", context, name, rule.methods.front());
    if (!step.reduce) rule.methods.push_back(name);
    (step.reduce ? rule.reductions : rule.steps).push_back(std::move(step));
  }
  if (rule.steps.size() < 2) return;
  for (MethodStep& step : rule.steps)
    if (step.opset < 8) {
      step.opset = 8;
      step.opset_reason = "several methods for one weight";
    }
}

RecipeRule read_rule(const Json& document, const std::string& context, Json& read) {
  Settings settings(document, context);
  RecipeRule rule;
  rule.op_types = settings.texts("op_types");
  rule.names = settings.texts("names");
  rule.min_elements = settings.integer("min_elements", 2048, 0, INT64_MAX);
  rule.keep_first = settings.integer("keep_first", 0, 0, INT32_MAX);
  rule.keep_last = settings.integer("keep_last", 0, 0, INT32_MAX);
  const Json given = settings.value("methods");
  settings.finish();
  Json methods = Json::array();
  read_methods(given, context, rule, methods);
  read = settings.read();
  read["methods"] = std::move(methods);
  return rule;
}

bool uses_type(const Weight& weight, const std::string& type) {
  return std::any_of(weight.users.begin(), weight.users.end(), [&](const Op* user) { return user->type == type; });
}

bool has_name(const Weight& weight, const std::string& pattern) {
  if (matches_glob(pattern, weight.name())) return true;
  return std::any_of(weight.users.begin(), weight.users.end(), [&](const Op* user) {
    return matches_glob(pattern, user->name) || matches_glob(pattern, user->outputs.front().name) ||
           matches_glob(pattern, split(user->provenance, '|').front());
  });
}

template <typename Test>
bool any_or_none(const std::vector<std::string>& wishes, const Test& test) {
  return wishes.empty() || std::any_of(wishes.begin(), wishes.end(), test);
}

std::string similar_to(const std::string& name, const std::vector<std::string>& names) {
  const auto similar = similar_names(name, names, 3);
  return similar.empty() ? "" : ": did you mean " + any_of(similar) + "?";
}

}  // namespace

Recipe make_recipe(const Json& document) {
  Settings settings(document, "recipe");
  const Json rules = settings.value("rules");
  settings.finish();
  if (!rules.is_array() || rules.empty()) fail("recipe: rules: expected a list of rules");
  Recipe recipe;
  Json read = Json::array();
  for (const Json& rule : rules) {
    Json described;
    recipe.rules.push_back(read_rule(rule, fmt::format("recipe: rules[{}]", recipe.rules.size()), described));
    read.push_back(std::move(described));
  }
  recipe.text = Json{{"rules", read}}.dump();
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension != ".yaml" && extension != ".yml") {
    const Json document = read_json(path);
    return with_context(path.string(), [&] { return make_recipe(document); });
  }
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] {
    const auto bytes = file->bytes();
    return make_recipe(parse_yaml({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  });
}

int rule_for(const Recipe& recipe, const Weight& weight) {
  for (size_t i = 0; i < recipe.rules.size(); ++i) {
    const RecipeRule& rule = recipe.rules[i];
    if (any_or_none(rule.op_types, [&](const std::string& type) { return uses_type(weight, type); }) &&
        any_or_none(rule.names, [&](const std::string& name) { return has_name(weight, name); }))
      return static_cast<int>(i);
  }
  return -1;
}

bool is_kept_end(const RecipeRule& rule, size_t number, size_t count) {
  return static_cast<int64_t>(number) < rule.keep_first || static_cast<int64_t>(count - number) <= rule.keep_last;
}

void check_matches(const Recipe& recipe, const std::vector<const Weight*>& weights) {
  std::vector<std::string> types, names;
  for (const Weight* weight : weights) {
    names.push_back(weight->name());
    for (const Op* user : weight->users) types.push_back(user->type);
  }
  for (size_t i = 0; i < recipe.rules.size(); ++i) {
    for (const std::string& type : recipe.rules[i].op_types)
      if (std::find(types.begin(), types.end(), type) == types.end())
        fail("recipe: rules[{}]: op_types: no weight is used by an op {}{}", i, type, similar_to(type, types));
    for (const std::string& name : recipe.rules[i].names)
      if (std::none_of(weights.begin(), weights.end(), [&](const Weight* weight) { return has_name(*weight, name); }))
        fail("recipe: rules[{}]: names: {} matches no weight{}", i, name, similar_to(name, names));
  }
}

}  // namespace anemone
