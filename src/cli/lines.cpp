// SPDX-License-Identifier: Apache-2.0
#include "cli/lines.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/error.h"
#include "base/strings.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

std::optional<std::string> text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) fail("{} is {}, expected a text", key, found->dump());
  return found->get<std::string>();
}

TextLine text_of(const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  if (!json.is_object()) fail("is neither a JSON text nor an object with \"text\"");
  for (const char* key : {"text", "prompt"})
    if (auto text = text_at(json, key)) return {*std::move(text), text_at(json, "pair")};
  fail("has neither \"text\" nor \"prompt\"");
}

}  // namespace

void for_each_line(const std::string& file, const std::function<void(std::string)>& visit) {
  std::ifstream stream;
  if (file != "-") {
    if (std::filesystem::is_directory(file)) fail("{}: is a folder: expected a file with one text a line", file);
    stream.open(file, std::ios::binary);
    if (!stream) fail("{}: cannot be read", file);
  }
  std::istream& input = file == "-" ? std::cin : stream;
  std::string line;
  for (int64_t number = 1; std::getline(input, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    with_context(fmt::format("{}: line {}", file == "-" ? "stdin" : file, number), [&] { visit(std::move(line)); });
  }
  if (input.bad()) fail("{}: cannot be read to the end", file);
}

void for_each_text(const std::string& file, const std::function<void(TextLine)>& visit) {
  const bool json = file.ends_with(".jsonl");
  for_each_line(file, [&](std::string line) {
    if (!json)
      visit({std::move(line)});
    else if (!trim(line).empty())
      visit(text_of(parse_json(valid_utf8(line))));
  });
}

std::string json_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace anemone
