// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr int kDeepest = 32;

struct Line {
  size_t number = 0;
  size_t indent = 0;
  std::string_view text;  // without indentation and comment
};

// The text before a # that begins a comment: outside of quotes, at the start or after a space.
std::string_view without_comment(std::string_view text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quote != 0 && text[i] == '\\' && quote == '"')
      ++i;
    else if (quote != 0)
      quote = text[i] == quote ? '\0' : quote;
    else if (text[i] == '"' || text[i] == '\'')
      quote = text[i];
    else if (text[i] == '#' && (i == 0 || text[i - 1] == ' '))
      return text.substr(0, i);
  }
  return text;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  size_t number = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const bool tab = line.substr(indent).starts_with('\t');
    line = trim(without_comment(line.substr(indent)));
    if (line.empty() || line == "---") continue;
    if (tab) fail("line {}: a tab indents it: expected spaces", number);
    lines.push_back({number, indent, line});
  }
  return lines;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(lines_of(text)) {}

  Json parse() {
    if (lines_.empty()) return Json();
    Json result = block(lines_[0].indent, 0);
    if (at_ < lines_.size()) refuse("its indentation fits nothing before it");
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail("line {}: {}", lines_[std::min(at_, lines_.size() - 1)].number, what);
  }
  bool is_item(const Line& line) const { return line.text == "-" || line.text.starts_with("- "); }

  Json block(size_t indent, int depth) {
    if (depth > kDeepest) refuse("nested too deeply");
    if (is_item(lines_[at_])) return list(indent, depth);
    if (key_length(lines_[at_].text) != std::string_view::npos) return mapping(indent, depth);
    return value(lines_[at_++].text, depth);
  }

  Json list(size_t indent, int depth) {
    Json items = Json::array();
    while (at_ < lines_.size() && lines_[at_].indent == indent && is_item(lines_[at_])) {
      Line& line = lines_[at_];
      const size_t content = std::min(line.text.find_first_not_of(' ', 1), line.text.size());
      if (content == line.text.size()) {
        ++at_;
        items.push_back(nested(indent + 1, depth));
      } else {  // what follows the dash is a block of its own, further in
        line.text.remove_prefix(content);
        line.indent += content;
        items.push_back(block(line.indent, depth + 1));
      }
    }
    return items;
  }

  Json mapping(size_t indent, int depth) {
    Json result = Json::object();
    while (at_ < lines_.size() && lines_[at_].indent == indent && !is_item(lines_[at_])) {
      const std::string_view text = lines_[at_].text;
      const size_t length = key_length(text);
      if (length == std::string_view::npos) refuse("expected NAME: VALUE");
      const std::string key = scalar_text(text.substr(0, length));
      if (result.contains(key)) refuse(fmt::format("{} is given twice", key));
      const std::string_view rest = trim(text.substr(length + 1));
      if (!rest.empty()) {
        result[key] = value(rest, depth);
        ++at_;
        continue;
      }
      ++at_;
      const bool list_below = at_ < lines_.size() && lines_[at_].indent == indent && is_item(lines_[at_]);
      result[key] = list_below ? list(indent, depth + 1) : nested(indent + 1, depth);
    }
    return result;
  }

  // The block below, when there is one.
  Json nested(size_t least, int depth) {
    if (at_ == lines_.size() || lines_[at_].indent < least) return Json();
    return block(lines_[at_].indent, depth + 1);
  }

  // Characters before the colon that ends a key; npos when there is none.
  size_t key_length(std::string_view text) const {
    size_t begin = 0;
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
      begin = text.find(text.front(), 1);
      if (begin == std::string_view::npos) return begin;
    } else if (!text.empty() && (text.front() == '[' || text.front() == '{')) {
      return std::string_view::npos;
    }
    for (size_t i = begin; i < text.size(); ++i)
      if (text[i] == ':' && (i + 1 == text.size() || text[i + 1] == ' ')) return i;
    return std::string_view::npos;
  }

  Json value(std::string_view text, int depth) {
    rest_ = text;
    Json result = flow(depth);
    if (!trim(rest_).empty()) refuse(fmt::format("{} behind a value", trim(rest_)));
    return result;
  }

  // ---- lists and mappings in brackets
  Json flow(int depth) {
    if (depth > kDeepest) refuse("nested too deeply");
    rest_ = trim(rest_);
    if (rest_.starts_with("[")) return flow_list(depth);
    if (rest_.starts_with("{")) return flow_mapping(depth);
    return scalar(flow_token(inside_ == 0 ? "" : ",]}"));
  }

  Json flow_list(int depth) {
    Json items = Json::array();
    for_each_entry(']', [&] { items.push_back(flow(depth + 1)); });
    return items;
  }

  Json flow_mapping(int depth) {
    Json result = Json::object();
    for_each_entry('}', [&] {
      const std::string key = scalar_text(flow_token(":"));
      rest_ = trim(rest_);
      if (!rest_.starts_with(":")) refuse("expected NAME: VALUE");
      rest_.remove_prefix(1);
      if (result.contains(key)) refuse(fmt::format("{} is given twice", key));
      result[key] = flow(depth + 1);
    });
    return result;
  }

  template <typename Entry>
  void for_each_entry(char closing, const Entry& entry) {
    rest_.remove_prefix(1);
    ++inside_;
    for (rest_ = trim(rest_); !rest_.starts_with(closing); rest_ = trim(rest_)) {
      if (rest_.empty()) refuse(fmt::format("expected {} before the end of the line", closing));
      entry();
      rest_ = trim(rest_);
      if (rest_.starts_with(","))
        rest_.remove_prefix(1);
      else if (!rest_.starts_with(closing))
        refuse(fmt::format("expected , or {}", closing));
    }
    rest_.remove_prefix(1);
    --inside_;
  }

  // A quoted text, or everything before one of the stops.
  std::string_view flow_token(std::string_view stops) {
    rest_ = trim(rest_);
    size_t end = 0;
    if (rest_.starts_with("\"") || rest_.starts_with("'")) {
      const char quote = rest_.front();
      for (end = 1; end < rest_.size() && rest_[end] != quote; ++end)
        if (quote == '"' && rest_[end] == '\\') ++end;
      if (end >= rest_.size()) refuse("a quote is not closed");
      ++end;
    } else {
      end = std::min(stops.empty() ? rest_.size() : rest_.find_first_of(stops), rest_.size());
    }
    const std::string_view token = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return trim(token);
  }

  std::string scalar_text(std::string_view text) const {
    const Json value = scalar(trim(text));
    return value.is_string() ? value.get<std::string>() : std::string(trim(text));
  }

  Json scalar(std::string_view text) const {
    if (text.starts_with("\"")) return parse_json(text);
    if (text.starts_with("'")) return std::string(text.substr(1, text.size() - 2));
    if (text.empty() || text == "~" || text == "null") return Json();
    if (text == "true") return true;
    if (text == "false") return false;
    if (std::string_view("&*!|>%@`").find(text.front()) != std::string_view::npos && !is_pattern(text))
      refuse(fmt::format("{}: not supported: quote it if it is a text", text));
    if (const auto number = parse_int(text)) return *number;
    if (const auto number = parse_double(text); number && text.find_first_of("0123456789") != std::string_view::npos)
      return *number;
    return std::string(text);
  }

  // "*name*": an alias in YAML, but here nothing can be named, and patterns begin so.
  static bool is_pattern(std::string_view text) { return text.front() == '*'; }

  std::vector<Line> lines_;
  size_t at_ = 0;
  std::string_view rest_;  // of the value that is read
  int inside_ = 0;         // brackets around it
};

}  // namespace

Json parse_yaml(std::string_view text) {
  if (!is_valid_utf8(text)) fail("not UTF-8");
  return Parser(text).parse();
}

}  // namespace anemone
