// SPDX-License-Identifier: Apache-2.0
// Llama 1 and 2, Mistral and Gemma: a SentencePiece BPE model, with its scores turned into a list of merges.
#include <algorithm>
#include <numeric>
#include <vector>

#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

// Any two pieces that together are a third may merge. The third with the highest score goes first, among equals the one
// with the lowest id, as in the published lists.
MergeList merges_of(const SentencePieceFile& file, const Vocabulary& vocabulary) {
  std::vector<size_t> order(file.pieces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return file.pieces[a].score > file.pieces[b].score; });
  MergeList merges;
  for (const size_t piece : order) {
    const std::string_view text = file.pieces[piece].text;
    size_t middle = 0;
    for (next_code_point(text, middle); middle < text.size(); next_code_point(text, middle))
      if (vocabulary.id_of(text.substr(0, middle)) && vocabulary.id_of(text.substr(middle)))
        merges.add(text.substr(0, middle), text.substr(middle), static_cast<uint32_t>(merges.size()));
  }
  return merges;
}

Json decoder_json(bool adds_space) {
  const Json spaces = {{"type", "Replace"}, {"pattern", {{"String", kSpaceMark}}}, {"content", " "}};
  Json stages = Json::array({spaces, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (adds_space) stages.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return {{"type", "Sequence"}, {"decoders", stages}};
}

// `stages` come before the model.
TokenizerParts finish(VocabularyFiles files, Json stages, const char* first, const char* last, bool adds_space) {
  TokenList& tokens = files.source.tokens;
  for (const SentencePiece& piece : files.pieces->pieces) tokens.add(piece.text, static_cast<TokenId>(tokens.size()));
  files.source.merges = merges_of(*files.pieces, Vocabulary(tokens));
  const std::string start = token_of_role(files.config, "bos_token", first);
  const std::string end = token_of_role(files.config, "eos_token", last);
  Json document = std::move(stages);
  document["added_tokens"] =
      added_tokens_json(files, {{"unk_token", "<unk>"}, {"bos_token", first}, {"eos_token", last}, {"pad_token", ""}});
  const std::string before = get_bool(files.config.json, "add_bos_token", true) ? start + " " : "";
  const std::string after = get_bool(files.config.json, "add_eos_token", false) ? " " + end : "";
  document["post_processor"] =
      template_json(tokens, before + "A" + after, before + "A" + after + " " + before + "B" + after);
  document["decoder"] = decoder_json(adds_space);
  document["model"] = {{"type", "BPE"},
                       {"unk_token", token_of_role(files.config, "unk_token", "<unk>")},
                       {"fuse_unk", true},
                       {"byte_fallback", true}};
  return make_parts(document, std::move(files.source));
}

TokenizerParts make_llama(VocabularyFiles files) {
  const bool adds_space = get_bool(files.config.json, "add_prefix_space", true);
  const char* scheme = "never";
  if (adds_space) scheme = get_bool(files.config.json, "legacy", true) ? "always" : "first";
  Json stages;
  stages["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", kSpaceMark}, {"prepend_scheme", scheme}, {"split", false}};
  return finish(std::move(files), std::move(stages), "<s>", "</s>", adds_space);
}

TokenizerParts make_gemma(VocabularyFiles files) {
  Json stages;
  stages["normalizer"] = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kSpaceMark}};
  return finish(std::move(files), std::move(stages), "<bos>", "<eos>", false);
}

}  // namespace

void register_tokenizer_family_llama(TokenizerFamilyTable& table) {
  table.push_back({{"llama", "mistral"}, true, make_llama});
  table.push_back({{"gemma"}, true, make_gemma});
}

}  // namespace anemone
