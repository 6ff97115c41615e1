// SPDX-License-Identifier: Apache-2.0
// How a model wants a conversation written down: the template that stands with its tokenizer, applied to messages.
#pragma once

#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "tokenizers/jinja/template.h"

namespace anemone {

struct ChatOptions {
  bool add_generation_prompt = true;
  Json tools = nullptr;  // a list of function schemas, or null
  Json documents = nullptr;
  Json variables = Json::object();      // whatever else a template looks at, such as enable_thinking
  std::optional<std::time_t> now = {};  // what strftime_now() tells; otherwise the clock
};

class ChatTemplate {
 public:
  // Beside a tokenizer: chat_template.jinja, or "chat_template" in chat_template.json or tokenizer_config.json (where
  // there are several by name, "default" is taken, or "tool_use" for a conversation with tools). `path` is the
  // tokenizer's folder or a file in it. Throws Error when there is none.
  static ChatTemplate open(const std::filesystem::path& path);
  // `special_tokens`: "bos_token" -> "<s>" ...
  ChatTemplate(std::string_view source, std::map<std::string, std::string> special_tokens);

  // `messages` is a list of {"role": ..., "content": ...}. Throws Error, also where the template itself refuses.
  std::string render(const Json& messages, const ChatOptions& options = {}) const;

 private:
  jinja::Template template_;
  std::optional<jinja::Template> with_tools_;
  std::map<std::string, std::string> special_tokens_;
};

}  // namespace anemone
