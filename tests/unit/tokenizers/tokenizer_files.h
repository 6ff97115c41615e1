// SPDX-License-Identifier: Apache-2.0
// What the tokenizer tests share: files of the repository, JSON lines, tokenizers from a document in memory.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone::testing {

inline std::filesystem::path source_path(const std::string& name) {
  return std::filesystem::path(ANEMONE_SOURCE_DIR) / name;
}

inline std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

inline Tokenizer tokenizer_of(const Json& document) { return Tokenizer(parts_from_json(document.dump())); }

// {"token": index}, appended without a look-up for each.
inline Json vocabulary_of(const std::vector<std::string>& tokens) {
  Json::object_t object;
  for (size_t i = 0; i < tokens.size(); ++i) object.emplace_back(tokens[i], i);
  return object;
}

inline Json bert_uncased_document() {
  const auto folder = source_path("tests/data/tokenizers/bert-base-uncased");
  Json document = read_json(folder / "tokenizer_without_vocab.json");
  document["model"]["vocab"] = vocabulary_of(read_lines(folder / "vocab.txt"));
  return document;
}

// Every line of tests/data/tokenizers/NAME.jsonl: ids of the text and text of the ids are those of the reference.
// Special tokens, where asked for, stand around them.
inline void expect_reference(const Tokenizer& tokenizer, const std::string& name, std::vector<TokenId> before,
                             const std::vector<TokenId>& after) {
  int texts = 0;
  int id_lists = 0;
  for (const std::string& text : read_lines(source_path("tests/data/tokenizers/" + name + ".jsonl"))) {
    const Json line = parse_json(text);
    const auto ids = line.at("ids").get<std::vector<TokenId>>();
    EXPECT_EQ(tokenizer.decode(ids), line.at("decoded").get<std::string>()) << text;
    if (line.contains("decode_only")) {
      ++id_lists;
      continue;
    }
    ++texts;
    const auto input = line.at("text").get<std::string>();
    EncodeOptions plain;
    plain.add_special_tokens = false;
    EXPECT_EQ(tokenizer.encode(input, plain).ids, ids) << text;
    std::vector<TokenId> all = before;
    all.insert(all.end(), ids.begin(), ids.end());
    all.insert(all.end(), after.begin(), after.end());
    EXPECT_EQ(tokenizer.encode(input).ids, all) << text;
  }
  EXPECT_EQ(texts, 500);
  EXPECT_EQ(id_lists, 40);
}

// What an Error says, or "" when none is thrown.
template <typename Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace anemone::testing
