// SPDX-License-Identifier: Apache-2.0
#include "formats/manifest.h"

#include <gmock/gmock.h>

#include <regex>

#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using testing::HasSubstr;

// As the original library wrote it.
constexpr const char* kOriginal = R"({
    "fileFormatVersion": "1.0.0",
    "itemInfoEntries": {
        "76c5837f-1b3d-4711-81db-6e62f562bbce": {
            "author": "com.apple.CoreML",
            "description": "CoreML Model Specification",
            "name": "model.mlmodel",
            "path": "com.apple.CoreML/model.mlmodel"
        },
        "9c20406a-b4f3-4a21-8c14-0cae279a68df": {
            "author": "com.apple.CoreML",
            "description": "CoreML Model Weights",
            "name": "weights",
            "path": "com.apple.CoreML/weights"
        }
    },
    "rootModelIdentifier": "76c5837f-1b3d-4711-81db-6e62f562bbce"
}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kOriginal;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST(Manifest, ReadsAndWritesTheOriginalText) {
  const Manifest manifest = parse_manifest(kOriginal);
  EXPECT_EQ(manifest.items.size(), 2U);
  EXPECT_EQ(manifest.model().path, "com.apple.CoreML/model.mlmodel");
  EXPECT_EQ(manifest.model().description, "CoreML Model Specification");
  EXPECT_EQ(manifest_text(manifest), kOriginal);
}

TEST(Manifest, Versions) {
  for (const char* version : {"1.0.0", "1.0.7", "0.9.0"}) EXPECT_NO_THROW(parse_manifest(with("1.0.0", version)));
  for (const char* version : {"1.1.0", "2.0.0"})
    EXPECT_THAT(error_of([&] { parse_manifest(with("1.0.0", version)); }), HasSubstr("newer")) << version;
  for (const char* version : {"1.0", "1.0.0.0", "1.0.x", "", "1..0", "-1.0.0", "1.0.99999999999999999999"})
    EXPECT_THAT(error_of([&] { parse_manifest(with("1.0.0", version)); }), HasSubstr("not of the form")) << version;
}

TEST(Manifest, NamesWhatIsWrong) {
  const auto error = [](const std::string& text) { return error_of([&] { parse_manifest(text); }); };
  EXPECT_THAT(error("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error(std::string(kOriginal).substr(0, 200)), HasSubstr("parse error"));
  EXPECT_FALSE(error(R"({"a": 1E999})").empty());
  EXPECT_THAT(error("{}"), HasSubstr("has no fileFormatVersion"));
  EXPECT_THAT(error(with("\"1.0.0\"", "1")), HasSubstr("fileFormatVersion is not a string"));
  EXPECT_THAT(error(R"({"fileFormatVersion":"1.0.0"})"), HasSubstr("has no itemInfoEntries"));
  EXPECT_THAT(error(R"({"fileFormatVersion":"1.0.0","itemInfoEntries":{"x":1}})"),
              HasSubstr("item x: is not an object"));
  EXPECT_THAT(error(R"({"fileFormatVersion":"1.0.0","itemInfoEntries":{}})"), HasSubstr("has no rootModelIdentifier"));
  EXPECT_THAT(error(with("\"author\"", "\"autor\"")),
              HasSubstr("item 76c5837f-1b3d-4711-81db-6e62f562bbce: has no author"));
  EXPECT_THAT(error(with("\"weights\"", "\"model.mlmodel\"")), HasSubstr("two items are called model.mlmodel"));
  EXPECT_THAT(error(with("\"rootModelIdentifier\": \"76", "\"rootModelIdentifier\": \"77")),
              HasSubstr("names no item"));
  EXPECT_THAT(error(with("9c20406a-b4f3-4a21-8c14-0cae279a68df", "76c5837f-1b3d-4711-81db-6e62f562bbce")),
              HasSubstr("twice"));
}

TEST(Manifest, IdentifiersDependOnContentOnly) {
  const std::string one = content_identifier("a");
  EXPECT_EQ(one, content_identifier("a"));
  EXPECT_NE(one, content_identifier("b"));
  for (const char* content : {"a", "b", "c", "d", "e"})
    EXPECT_TRUE(std::regex_match(content_identifier(content),
                                 std::regex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
}

}  // namespace
}  // namespace anemone
