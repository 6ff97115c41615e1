// SPDX-License-Identifier: Apache-2.0
// CLIP's tokenizer from vocab.json, merges.txt and its configuration, on the lines that the reference gives.
#include "tokenizer_files.h"

namespace anemone {
namespace {

TEST(ClipTokenizer, MatchesReferenceFromVocabulary) {
  testing::expect_reference(Tokenizer::open(testing::source_path("tests/data/tokenizers/clip")), "clip", {49406},
                            {49407});
}

}  // namespace
}  // namespace anemone
