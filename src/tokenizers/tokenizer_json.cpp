// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tokenizer_json.h"

#include "base/json.h"
#include "tokenizers/json_lists.h"

namespace anemone {

void register_all_normalizer(NormalizerTable& table);
void register_all_pre_tokenizer(PreTokenizerTable& table);
void register_all_tokenizer_model(TokenizerModelTable& table);
void register_all_post_processor(PostProcessorTable& table);
void register_all_decoder(DecoderTable& table);

namespace {

// The stage under `key`, or null when the document has none.
template <typename Table>
typename Table::Made make_stage(const Json& document, const char* key, const char* kind, void (*fill)(Table&)) {
  const Json* json = find_field(document, key);
  if (json == nullptr) return nullptr;
  Table table(kind);
  fill(table);
  return table.make(*json);
}

std::unique_ptr<const TokenizerModel> make_model(const Json& document, ModelSource source) {
  TokenizerModelTable table("model");
  register_all_tokenizer_model(table);
  const Json& options = get_object(document, "model");
  source.options = &options;
  // Files written before version 0.8 of the library have no type; what they hold tells.
  const char* implied = source.merges ? "BPE" : options.contains("unk_id") ? "Unigram" : "WordPiece";
  return table.make(get_string(options, "type", implied), std::move(source));
}

bool is_left(const Json& json) {
  const std::string direction = get_string(json, "direction", "Right");
  if (direction != "Left" && direction != "Right") fail("direction {}: expected Left or Right", quote_name(direction));
  return direction == "Left";
}

TruncationStrategy parse_strategy(const std::string& name) {
  if (name == "LongestFirst") return TruncationStrategy::kLongestFirst;
  if (name == "OnlyFirst") return TruncationStrategy::kOnlyFirst;
  if (name == "OnlySecond") return TruncationStrategy::kOnlySecond;
  fail("strategy {}: expected LongestFirst, OnlyFirst or OnlySecond", quote_name(name));
}

Truncation parse_truncation(const Json& json) {
  Truncation truncation;
  truncation.max_length = get_size(json, "max_length", 512);
  truncation.strategy = parse_strategy(get_string(json, "strategy", "LongestFirst"));
  truncation.left = is_left(json);
  return truncation;
}

Padding parse_padding(const Json& json) {
  Padding padding;
  padding.left = is_left(json);
  padding.id = get_id(json, "pad_id");
  padding.type_id = find_field(json, "pad_type_id") == nullptr ? 0 : get_id(json, "pad_type_id");
  const Json& strategy = get_field(json, "strategy");
  if (strategy.is_object()) {
    padding.length = to_integer(get_field(strategy, "Fixed"), "Fixed", 0, std::numeric_limits<int32_t>::max());
  } else if (strategy != "BatchLongest") {
    fail("strategy: expected \"BatchLongest\" or {{\"Fixed\": n}}");
  }
  return padding;
}

}  // namespace

TokenizerParts parts_from_json(std::string_view text) {
  const CutDocument cut = cut_model_lists(text);
  const Json document = parse_json(cut.rest);
  ModelSource source;
  get_object(document, "model");
  if (cut.vocab.empty()) fail("\"vocab\" is missing");
  source.tokens = with_context("\"vocab\"", [&] { return read_token_list(cut.vocab); });
  const bool has_merges = !cut.merges.empty() && cut.merges != "null";
  if (has_merges) source.merges = with_context("\"merges\"", [&] { return read_merge_list(cut.merges); });
  return make_parts(document, std::move(source));
}

TokenizerParts make_parts(const Json& document, ModelSource source) {
  const std::string version = get_string(document, "version", "1.0");
  if (version != "1.0") fail("version {}: expected \"1.0\"", quote_name(version));
  TokenizerParts parts;
  parts.model = make_model(document, std::move(source));
  parts.normalizer = make_stage<NormalizerTable>(document, "normalizer", "normalizer", register_all_normalizer);
  parts.pre_tokenizer =
      make_stage<PreTokenizerTable>(document, "pre_tokenizer", "pre-tokenizer", register_all_pre_tokenizer);
  parts.post_processor =
      make_stage<PostProcessorTable>(document, "post_processor", "post-processor", register_all_post_processor);
  parts.decoder = make_stage<DecoderTable>(document, "decoder", "decoder", register_all_decoder);
  if (find_field(document, "added_tokens") != nullptr)
    for (const Json& token : get_array(document, "added_tokens"))
      parts.added_tokens.push_back(parse_added_token(token));
  if (const Json* json = find_field(document, "truncation"))
    parts.truncation = with_context("truncation", [&] { return parse_truncation(*json); });
  if (const Json* json = find_field(document, "padding"))
    parts.padding = with_context("padding", [&] { return parse_padding(*json); });
  return parts;
}

}  // namespace anemone
