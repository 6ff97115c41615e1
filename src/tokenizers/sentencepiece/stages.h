// SPDX-License-Identifier: Apache-2.0
// The stages of a tokenizer as SentencePiece itself has them, which differ in detail from those that a tokenizer.json
// describes.
#pragma once

#include <memory>

#include "tokenizers/parts.h"
#include "tokenizers/sentencepiece/model_file.h"

namespace anemone {

// Only the table of replacements, as tokenizers that were converted from a model apply it.
std::unique_ptr<const Normalizer> make_charsmap_normalizer(std::string_view table);
std::unique_ptr<const Normalizer> make_sentencepiece_normalizer(const SentencePieceFile& file);
std::unique_ptr<const TokenizerModel> make_sentencepiece_unigram(const SentencePieceFile& file);
std::unique_ptr<const TokenizerModel> make_sentencepiece_bpe(const SentencePieceFile& file);
std::unique_ptr<const Decoder> make_sentencepiece_decoder(const SentencePieceFile& file);

// All of them together. Throws Error for kinds of models that are not supported.
TokenizerParts sentencepiece_parts(const SentencePieceFile& file);

}  // namespace anemone
