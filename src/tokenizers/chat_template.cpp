// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/chat_template.h"

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "tokenizers/tokenizer_config.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefault = "default";
constexpr const char* kWithTools = "tool_use";

// Templates by name; one without a name is the default.
std::map<std::string, std::string> templates_in(const Json& json) {
  const Json* found = find_field(json, "chat_template");
  if (found == nullptr) return {};
  if (!found->is_array()) return {{kDefault, get_string(json, "chat_template")}};
  std::map<std::string, std::string> templates;
  for (const Json& entry : *found) templates[get_string(entry, "name")] = get_string(entry, "template");
  return templates;
}

std::map<std::string, std::string> find_templates(const fs::path& folder, const TokenizerConfig& config) {
  if (const fs::path file = folder / "chat_template.jinja"; fs::exists(file)) {
    const auto mapped = MappedFile::open(file);
    const auto bytes = mapped->bytes();
    return {{kDefault, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}}};
  }
  if (const fs::path file = folder / "chat_template.json"; fs::exists(file)) {
    const Json json = read_json(file);
    return with_context(file.string(), [&] { return templates_in(json); });
  }
  return with_context((folder / "tokenizer_config.json").string(), [&] { return templates_in(config.json); });
}

}  // namespace

ChatTemplate ChatTemplate::open(const fs::path& path) {
  const fs::path folder = fs::is_directory(path) ? path : path.parent_path();
  const TokenizerConfig config = read_tokenizer_config(folder / "tokenizer.json");
  const auto templates = find_templates(folder, config);
  if (templates.empty())
    fail("{}: no chat template: expected chat_template.jinja or tokenizer_config.json with one", folder.string());
  return with_context(folder.string() + ": chat template", [&] {
    const auto first = templates.count(kDefault) != 0 ? templates.find(kDefault) : templates.begin();
    ChatTemplate chat(first->second, config.special_tokens);
    if (const auto tools = templates.find(kWithTools); tools != templates.end())
      chat.with_tools_.emplace(tools->second);
    return chat;
  });
}

ChatTemplate::ChatTemplate(std::string_view source, std::map<std::string, std::string> special_tokens)
    : template_(is_valid_utf8(source) ? source : throw Error("not UTF-8")),
      special_tokens_(std::move(special_tokens)) {}

std::string ChatTemplate::render(const Json& messages, const ChatOptions& options) const {
  if (!messages.is_array()) fail("messages are {}: expected a list", messages.type_name());
  jinja::Dict variables;
  for (const auto& [role, token] : special_tokens_) variables.emplace_back(jinja::Value(role), jinja::Value(token));
  const auto set = [&](const char* name, jinja::Value value) {
    variables.emplace_back(jinja::Value(name), std::move(value));
  };
  set("messages", jinja::from_json(messages));
  set("tools", jinja::from_json(options.tools));
  set("documents", jinja::from_json(options.documents));
  set("add_generation_prompt", options.add_generation_prompt);
  // Later ones are found first.
  jinja::Dict all;
  for (const auto& [name, value] : options.variables.items())
    all.emplace_back(jinja::Value(name), jinja::from_json(value));
  all.insert(all.end(), variables.begin(), variables.end());
  const bool tools = with_tools_ && !options.tools.is_null();
  return with_context("chat template", [&] {
    return (tools ? *with_tools_ : template_).render(all, options.now.value_or(std::time(nullptr)));
  });
}

}  // namespace anemone
