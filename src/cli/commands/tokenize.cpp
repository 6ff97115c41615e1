// SPDX-License-Identifier: Apache-2.0
// anemone tokenize: text to ids and back, one JSON line for each text.
#include <memory>

#include "base/error.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "tokenizers/chat_template.h"
#include "tokenizers/fields.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

struct Options {
  std::string tokenizer;
  std::optional<std::string> text;
  std::string lines;
  bool no_special_tokens = false;
  bool decode = false;
  std::string chat;
  std::string tools;
  std::string variables;
  bool no_generation_prompt = false;
};

Json encode_text(const Tokenizer& tokenizer, const std::string& text, const Options& options) {
  EncodeOptions encode_options;
  encode_options.add_special_tokens = !options.no_special_tokens;
  const Encoding encoding = tokenizer.encode(text, encode_options);
  return {{"ids", encoding.ids}, {"decoded", tokenizer.decode(encoding.ids)}};
}

// The text of a conversation, and its ids, to which nothing is added: a template writes its own special tokens.
Json encode_chat(const Tokenizer& tokenizer, const Options& options) {
  ChatOptions chat;
  chat.add_generation_prompt = !options.no_generation_prompt;
  if (!options.tools.empty()) chat.tools = read_json(options.tools);
  if (!options.variables.empty())
    chat.variables = with_context("--chat-variables", [&] { return parse_json(options.variables); });
  if (!chat.variables.is_object()) fail("--chat-variables: expected an object");
  const ChatTemplate chat_template = ChatTemplate::open(options.tokenizer);
  const Json messages = read_json(options.chat);
  const std::string text = with_context(options.chat, [&] { return chat_template.render(messages, chat); });
  EncodeOptions plain;
  plain.add_special_tokens = false;
  return {{"text", text}, {"ids", tokenizer.encode(text, plain).ids}};
}

Json decode_line(const Tokenizer& tokenizer, const Json& line) {
  std::vector<TokenId> ids;
  for (const Json& id : get_array(line, "ids")) ids.push_back(to_id(id, "id"));
  return {{"decoded", tokenizer.decode(ids)}};
}

Json answer_line(const Tokenizer& tokenizer, const std::string& line, const Options& options) {
  const Json json = parse_json(valid_utf8(line));
  return options.decode ? decode_line(tokenizer, json) : encode_text(tokenizer, get_string(json, "text"), options);
}

int run(const CommandContext& context, const Options& options) {
  const int inputs = (options.text ? 1 : 0) + (options.lines.empty() ? 0 : 1) + (options.chat.empty() ? 0 : 1);
  if (inputs != 1) fail("tokenize: expected one of --text, --jsonl and --chat");
  const Tokenizer tokenizer = Tokenizer::open(options.tokenizer);
  const auto print = [&](const Json& answer) {
    context.print(answer.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
  };
  if (!options.chat.empty()) {
    print(encode_chat(tokenizer, options));
    return kFine;
  }
  if (options.text) {
    print(options.decode ? with_context("--text", [&] { return answer_line(tokenizer, *options.text, options); })
                         : encode_text(tokenizer, *options.text, options));
    return kFine;
  }
  Json all = Json::array();
  for_each_line(options.lines, [&](const std::string& line) {
    if (trim(line).empty()) return;
    Json answer = answer_line(tokenizer, line, options);
    if (context.json) {
      all.push_back(std::move(answer));
    } else {
      print(answer);
    }
  });
  if (context.json) print(all);
  return kFine;
}

CommandBody declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("--tokenizer", options->tokenizer,
                 "Folder, or tokenizer.json, tokenizer.model, vocab.json, vocab.txt or a .tiktoken file")
      ->required();
  app.add_option("--text", options->text, "The text; with --decode, one line {\"ids\": [...]}");
  app.add_option("--jsonl", options->lines,
                 "File of lines {\"text\": ...}, or {\"ids\": [...]} with --decode; - is stdin");
  app.add_flag("--no-special-tokens", options->no_special_tokens, "Add none (those in the text are still recognised)");
  app.add_flag("--decode", options->decode, "Turn ids into text");
  app.add_option("--chat", options->chat, "File of messages [{\"role\": ..., \"content\": ...}]: prints text and ids");
  app.add_option("--tools", options->tools, "With --chat: file of function schemas");
  app.add_option("--chat-variables", options->variables, "With --chat: what else the template sees, as a JSON object");
  app.add_flag("--no-generation-prompt", options->no_generation_prompt, "With --chat: do not begin the answer");
  return [options](const CommandContext& context) { return run(context, *options); };
}

}  // namespace

void register_command_tokenize(CommandTable& table) {
  table.push_back({"tokenize", "Turn text into token ids, or ids into text", declare});
}

}  // namespace anemone
