// SPDX-License-Identifier: Apache-2.0
// Llama 1 and 2 and Mistral: a SentencePiece BPE model, with its scores turned into a list of merges.
#include <algorithm>

#include "base/json.h"
#include "tokenizers/family.h"
#include "tokenizers/tokenizer_json.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace anemone {
namespace {

// Any two pieces that together are a third may merge; the one with the highest score goes first.
MergeList merges_of(const SentencePieceFile& file, const Vocabulary& vocabulary) {
  std::vector<size_t> order(file.pieces.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return file.pieces[a].score > file.pieces[b].score; });
  MergeList merges;
  uint32_t rank = 0;
  for (size_t at = 0; at < order.size(); ++at) {
    if (at > 0 && file.pieces[order[at]].score != file.pieces[order[at - 1]].score) ++rank;
    const std::string_view text = file.pieces[order[at]].text;
    size_t middle = 0;
    for (next_code_point(text, middle); middle < text.size(); next_code_point(text, middle))
      if (vocabulary.id_of(text.substr(0, middle)) && vocabulary.id_of(text.substr(middle)))
        merges.add(text.substr(0, middle), text.substr(middle), rank);
  }
  return merges;
}

Json decoder_json(bool adds_space) {
  const Json spaces = {{"type", "Replace"}, {"pattern", {{"String", kSpaceMark}}}, {"content", " "}};
  Json stages = Json::array({spaces, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (adds_space) stages.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return {{"type", "Sequence"}, {"decoders", stages}};
}

TokenizerParts make(VocabularyFiles files) {
  TokenList& tokens = files.source.tokens;
  for (const SentencePiece& piece : files.pieces->pieces) tokens.add(piece.text, static_cast<TokenId>(tokens.size()));
  files.source.merges = merges_of(*files.pieces, Vocabulary(tokens));
  const bool adds_space = get_bool(files.config.json, "add_prefix_space", true);
  const bool legacy = get_bool(files.config.json, "legacy", true);
  const std::string start = token_of_role(files.config, "bos_token", "<s>");
  const std::string end = token_of_role(files.config, "eos_token", "</s>");
  Json document;
  document["added_tokens"] = added_tokens_json(
      files, {{"unk_token", "<unk>"}, {"bos_token", "<s>"}, {"eos_token", "</s>"}, {"pad_token", ""}});
  document["pre_tokenizer"] = {{"type", "Metaspace"},
                               {"replacement", kSpaceMark},
                               {"prepend_scheme", !adds_space ? "never"
                                                  : legacy    ? "always"
                                                              : "first"},
                               {"split", false}};
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

}  // namespace

void register_tokenizer_family_llama(TokenizerFamilyTable& table) {
  table.push_back({{"llama", "mistral"}, true, make});
}

}  // namespace anemone
