// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/sentencepiece/stages.h"

namespace anemone {

TokenizerParts sentencepiece_parts(const SentencePieceFile& file) {
  TokenizerParts parts;
  parts.normalizer = make_sentencepiece_normalizer(file);
  switch (file.kind) {
    case SentencePieceKind::kUnigram:
      parts.model = make_sentencepiece_unigram(file);
      break;
    case SentencePieceKind::kBpe:
      parts.model = make_sentencepiece_bpe(file);
      break;
    default:
      fail("word and character models are not supported: expected unigram or BPE");
  }
  parts.decoder = make_sentencepiece_decoder(file);
  return parts;
}

}  // namespace anemone
