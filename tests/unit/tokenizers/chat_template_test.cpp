// SPDX-License-Identifier: Apache-2.0
// Chat templates in the manner of the published ones, over conversations with the results of jinja2, and what is
// refused.
#include "tokenizers/chat_template.h"

#include <gmock/gmock.h>

#include "temporary_folder.h"
#include "tokenizer_files.h"

namespace anemone {
namespace {

using ::testing::HasSubstr;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string render(const std::string& source, const Json& messages = Json::array(), ChatOptions options = {}) {
  options.now = 0;
  return ChatTemplate(source, {{"bos_token", "<s>"}, {"eos_token", "</s>"}}).render(messages, options);
}

TEST(ChatTemplate, MatchesReference) {
  const auto folder = testing::source_path("tests/data/chat");
  const Json expected = read_json(folder / "expected.json");
  const Json talks = read_json(folder / "conversations.json");
  ASSERT_GE(expected.size(), 8u);
  for (const auto& [name, results] : expected.items()) {
    const std::string source = read_text(folder / (name + ".jinja"));
    for (size_t i = 0; i < talks.size(); ++i) {
      SCOPED_TRACE(name + " " + std::to_string(i));
      ChatOptions options;
      options.add_generation_prompt = talks[i].value("add_generation_prompt", true);
      if (talks[i].contains("tools")) options.tools = talks[i].at("tools");
      if (talks[i].contains("variables")) options.variables = talks[i].at("variables");
      const Json& messages = talks[i].at("messages");
      if (results[i].is_string()) {
        EXPECT_EQ(render(source, messages, options), results[i].get<std::string>());
      } else {
        EXPECT_THAT(testing::error_of([&] { render(source, messages, options); }),
                    HasSubstr(results[i].at("error").get<std::string>()));
      }
    }
  }
}

TEST(ChatTemplate, ErrorsNameTheLine) {
  const auto error = [](const std::string& source) { return testing::error_of([&] { render(source); }); };
  EXPECT_EQ(error("a\n{{ b"), "line 2: {{ without its }}");
  EXPECT_EQ(error("{% if x %}"), "line 1: found the end: expected endif");
  EXPECT_EQ(error("{% include 'x' %}"), "line 1: found \"include\": expected a statement that templates have");
  EXPECT_EQ(error("\n{{ 1 | nonsense }}"), "chat template: line 2: the filter \"nonsense\" is not supported");
  EXPECT_EQ(error("{{ nothing.at.all }}"), "chat template: line 1: \"nothing\" is undefined");
  EXPECT_EQ(error("{{ 1 // 0 }}"), "chat template: line 1: division by zero");
  EXPECT_EQ(error("{{ 9223372036854775807 + 1 }}"), "chat template: line 1: a number leaves 64 bits");
}

TEST(ChatTemplate, NothingRunsWithoutEnd) {
  const auto error = [](const std::string& source) { return testing::error_of([&] { render(source); }); };
  EXPECT_THAT(error("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), HasSubstr("deep"));
  EXPECT_THAT(error("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"),
              HasSubstr("steps"));
  EXPECT_THAT(error("{{ 'aaaaaaaaaaaaaaaa' * 99999999 }}"), HasSubstr("too large"));
  EXPECT_THAT(error("{{ range(99999999) }}"), HasSubstr("more than"));
  EXPECT_THAT(error("{% set n = namespace(a=[]) %}{% for i in range(999) %}{% set n.a = [n.a] %}{% endfor %}"),
              HasSubstr("nested"));
  EXPECT_THAT(error("{% set n = namespace() %}{% set n.n = n %}"), HasSubstr("cannot be part"));
  EXPECT_THAT(error(std::string(5000, '{')), HasSubstr("line 1"));
  EXPECT_THAT(error("{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}"), HasSubstr("nesting"));
}

TEST(ChatTemplate, IsFoundBesideTheTokenizer) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(testing::error_of([&] { ChatTemplate::open(folder.path()); }), HasSubstr("no chat template"));
  std::ofstream(folder / "tokenizer_config.json")
      << R"({"bos_token": {"content": "<b>"}, "chat_template": [{"name": "default", "template": "{{ bos_token }}1"},
             {"name": "tool_use", "template": "{{ tools|length }}"}]})";
  ChatOptions tools;
  tools.tools = Json::array({1, 2});
  EXPECT_EQ(ChatTemplate::open(folder.path()).render(Json::array()), "<b>1");
  EXPECT_EQ(ChatTemplate::open(folder.path()).render(Json::array(), tools), "2");
  std::ofstream(folder / "chat_template.jinja") << "{{ messages[0].content }}\n";
  EXPECT_EQ(ChatTemplate::open(folder / "tokenizer.json").render(parse_json(R"([{"content": "x"}])")), "x");
}

}  // namespace
}  // namespace anemone
