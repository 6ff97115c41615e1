// SPDX-License-Identifier: Apache-2.0
// What the tokenizer tests share: files of the repository, JSON lines, tokenizers from a document in memory.
#pragma once

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

inline Tokenizer tokenizer_of(const Json& document) { return Tokenizer(parts_from_json(document)); }

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
