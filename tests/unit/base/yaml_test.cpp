// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace anemone {
namespace {

void expect_same(const char* yaml, const char* json) {
  EXPECT_EQ(parse_yaml(yaml).dump(), Json::parse(json).dump()) << yaml;
}

std::string error_of(const char* yaml) {
  try {
    return "no error: " + parse_yaml(yaml).dump();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Yaml, MappingsListsAndScalars) {
  expect_same("", "null");
  expect_same("a: 1\nb: -2.5\nc: true\nd: text with spaces\ne: ~\nf:\n",
              R"({"a": 1, "b": -2.5, "c": true, "d": "text with spaces", "e": null, "f": null})");
  expect_same("- 1\n- two\n-\n  - 3\n", R"([1, "two", [3]])");
  expect_same("a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", R"({"a": {"b": {"c": 1}, "d": 2}, "e": 3})");
  expect_same("a:\n- x: 1\n  y: 2\n- x: 3\n", R"({"a": [{"x": 1, "y": 2}, {"x": 3}]})");
  expect_same("---\n# all\na: 1  # one\nb: 'it # stays'\nc: \"a\\n\\\"b\\\"\"\n",
              R"({"a": 1, "b": "it # stays", "c": "a\n\"b\""})");
  expect_same("a: [1, two, 'th,ree', [4]]\nb: {c: 1, d: [], \"e f\": {}}\n",
              R"({"a": [1, "two", "th,ree", [4]], "b": {"c": 1, "d": [], "e f": {}}})");
  expect_same("names: [*attention*, \"*mlp*\"]\nratio: 2:4\n",
              R"({"names": ["*attention*", "*mlp*"], "ratio": "2:4"})");
}

TEST(Yaml, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "line 2: a is given twice");
  EXPECT_EQ(error_of("a: 1\n    b: 2\n"), "line 2: its indentation fits nothing before it");
  EXPECT_EQ(error_of("a: [1, 2\n"), "line 1: expected , or ]");
  EXPECT_EQ(error_of("a: [1] 2\n"), "line 1: 2 behind a value");
  EXPECT_EQ(error_of("a: 'x\n"), "line 1: a quote is not closed");
  EXPECT_EQ(error_of("a:\n\t- b\n"), "line 2: a tab indents it: expected spaces");
  EXPECT_NE(error_of("a: &anchor 1\n").find("not supported"), std::string::npos);
  EXPECT_NE(error_of("a: |\n  text\n").find("not supported"), std::string::npos);
  EXPECT_NE(error_of(std::string(100, '[').c_str()).find("nested too deeply"), std::string::npos);
  EXPECT_EQ(error_of("\xff"), "not UTF-8");
}

}  // namespace
}  // namespace anemone
