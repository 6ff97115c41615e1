// SPDX-License-Identifier: Apache-2.0
// The five stages of a tokenizer (tokenizer.json "1.0") as interfaces, and the tables that make them from JSON by type:
// text -> Normalizer -> PreTokenizer -> TokenizerModel -> PostProcessor -> ids, and Decoder for the way back. All are
// immutable and safe to share between threads; all text is valid UTF-8. A file in normalizers/, pre_tokenizers/,
// models/, post_processors/ or decoders/ adds one type to its table.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tokenizers/fields.h"
#include "tokenizers/model_source.h"

namespace anemone {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual std::string normalize(std::string text) const = 0;
};

// A part of the text that the model sees by itself; `at_start` when nothing of the text stands before it. The text is
// only lent for the call.
struct Piece {
  std::string_view text;
  bool at_start = false;
};
using PieceSink = std::function<void(const Piece&)>;

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Hands the parts of `piece` on, in order. None is empty.
  virtual void split(const Piece& piece, const PieceSink& sink) const = 0;
};

class TokenizerModel {
 public:
  virtual ~TokenizerModel() = default;
  // Appends the ids of one piece.
  virtual void encode(std::string_view piece, std::vector<TokenId>& ids) const = 0;
  virtual std::optional<TokenId> token_to_id(std::string_view token) const = 0;
  virtual std::optional<std::string_view> id_to_token(TokenId id) const = 0;
  virtual size_t size() const = 0;  // number of tokens
  // A character before which a piece may be cut without changing its ids, unless the same character stands before it;
  // empty when there is none. Short pieces are quicker.
  virtual std::string_view word_mark() const { return {}; }
};

// Ids with the type (segment) of each: what one input sequence, or one piece of a template, contributes.
struct TypedIds {
  std::vector<TokenId> ids;
  std::vector<TokenId> type_ids;
};

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  // `parts` are the sequences, in order; their concatenation after the last processor is the result.
  virtual std::vector<TypedIds> process(std::vector<TypedIds> parts, bool add_special_tokens) const = 0;
  // How many ids process() adds to one sequence or to a pair.
  virtual size_t added_tokens(bool pair) const = 0;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Rewrites the tokens so that their concatenation is the text.
  virtual std::vector<std::string> decode(std::vector<std::string> tokens) const = 0;
};

// What makes a stage of kind T of its "type" and its source. The table is handed on for stages that hold others.
template <typename T, typename Source = const Json&>
class StageTable {
 public:
  using Made = std::unique_ptr<const T>;
  using Make = Made (*)(Source source, const StageTable& table);

  explicit StageTable(std::string kind) : kind_(std::move(kind)) {}

  void add(std::string type, Make maker) { entries_.emplace_back(std::move(type), maker); }
  // A class that is constructed from its source, from that and the table, or from nothing.
  template <typename Stage>
  void add(std::string type) {
    add(std::move(type), [](Source source, const StageTable& table) -> Made {
      if constexpr (std::is_constructible_v<Stage, Source, const StageTable&>) {
        return std::make_unique<const Stage>(static_cast<Source>(source), table);
      } else if constexpr (std::is_constructible_v<Stage, Source>) {
        return std::make_unique<const Stage>(static_cast<Source>(source));
      } else {
        return static_cast<void>(source), static_cast<void>(table), std::make_unique<const Stage>();
      }
    });
  }

  Made make(const Json& json) const { return make(get_string(json, "type"), json); }
  Made make(const std::string& type, Source source) const {
    for (const auto& [name, entry] : entries_)
      if (name == type)
        return with_context(kind_ + " " + type,
                            [&, maker = entry] { return maker(static_cast<Source>(source), *this); });
    fail("{} type {} is not supported", kind_, quote_name(type));
  }
  // The stages in the array `key`, for the Sequence type of each kind.
  std::vector<Made> make_all(const Json& json, const char* key) const {
    std::vector<Made> stages;
    for_each_in_array(json, key, [&](const Json& stage) { stages.push_back(make(stage)); });
    return stages;
  }

 private:
  std::string kind_;
  std::vector<std::pair<std::string, Make>> entries_;
};

using NormalizerTable = StageTable<Normalizer>;
using PreTokenizerTable = StageTable<PreTokenizer>;
using TokenizerModelTable = StageTable<TokenizerModel, ModelSource&&>;
using PostProcessorTable = StageTable<PostProcessor>;
using DecoderTable = StageTable<Decoder>;

}  // namespace anemone
