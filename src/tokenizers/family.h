// SPDX-License-Identifier: Apache-2.0
// A folder without a tokenizer.json holds vocabulary files only; what happens to text before and after the model is
// known by the family of the tokenizer. A file in families/ adds one: it makes the whole from the lists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tokenizers/parts.h"
#include "tokenizers/sentencepiece/model_file.h"
#include "tokenizers/tokenizer_config.h"

namespace anemone {

struct VocabularyFiles {
  ModelSource source;                       // of vocab.json and merges.txt
  std::optional<SentencePieceFile> pieces;  // of a SentencePiece model
  TokenizerConfig config;
};

struct TokenizerFamily {
  // The tokenizer's class in tokenizer_config.json without "Tokenizer", or the model_type of config.json; lower case,
  // letters and digits only.
  std::vector<std::string> names;
  bool sentencepiece = false;
  TokenizerParts (*make)(VocabularyFiles files) = nullptr;
};

using TokenizerFamilyTable = std::vector<TokenizerFamily>;

// The family that the files beside `path` name, among those of SentencePiece or of vocab.json; otherwise the one called
// `fallback`, or null.
const TokenizerFamily* find_family(const std::filesystem::path& path, const TokenizerConfig& config, bool sentencepiece,
                                   const char* fallback = "");

// What families share.
std::string token_of_role(const TokenizerConfig& config, const char* role, const char* fallback);
// Added tokens of the configuration, those that have a role and the symbols of a SentencePiece model, as far as the
// vocabulary has them. `roles` are pairs of
// a role and the token that has it when the configuration does not say.
Json added_tokens_json(const VocabularyFiles& files, const std::vector<std::pair<const char*, const char*>>& roles);
TokenId id_in(const TokenList& tokens, std::string_view token);
// A template of special tokens and sequences, written "<s> A </s>".
Json template_json(const TokenList& tokens, const std::string& single, const std::string& pair);

}  // namespace anemone
