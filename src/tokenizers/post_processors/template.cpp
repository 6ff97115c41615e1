// SPDX-License-Identifier: Apache-2.0
// Lays out one sequence, or two, among special tokens as a template says.
#include "base/json.h"
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

constexpr size_t kMostPieces = 1024;  // so that a hostile template cannot multiply a text without end
constexpr size_t kMostAdded = 65536;

// Special tokens, or the sequence with this index.
struct TemplatePiece {
  std::vector<TokenId> special;
  std::optional<size_t> sequence;
  TokenId type = 0;
};

using Template = std::vector<TemplatePiece>;

std::vector<TokenId> special_ids(const Json& json, const std::string& name) {
  const Json* specials = find_field(json, "special_tokens");
  const Json* special = specials == nullptr ? nullptr : find_field(*specials, name.c_str());
  if (special == nullptr) fail("special token {} of the template has no entry in \"special_tokens\"", quote_name(name));
  std::vector<TokenId> ids;
  for (const Json& id : get_array(*special, "ids")) ids.push_back(to_id(id, name));
  return ids;
}

TemplatePiece parse_piece(const Json& json, const Json& piece) {
  TemplatePiece parsed;
  if (const Json* special = find_field(piece, "SpecialToken")) {
    parsed.special = special_ids(json, get_string(*special, "id"));
    parsed.type = get_id(*special, "type_id");
    return parsed;
  }
  const Json& sequence = get_field(piece, "Sequence");
  const std::string name = get_string(sequence, "id");
  if (name != "A" && name != "B") fail("sequence {} in the template: expected A or B", quote_name(name));
  parsed.sequence = name == "A" ? 0 : 1;
  parsed.type = get_id(sequence, "type_id");
  return parsed;
}

size_t count_special(const Template& pieces) {
  size_t count = 0;
  for (const TemplatePiece& piece : pieces) count += piece.special.size();
  return count;
}

Template parse_template(const Json& json, const char* key, size_t sequences) {
  const Json& pieces = get_array(json, key);
  if (pieces.size() > kMostPieces) fail("\"{}\" has {} pieces: expected at most {}", key, pieces.size(), kMostPieces);
  Template parsed;
  for (const Json& piece : pieces) {
    parsed.push_back(with_context(key, [&] { return parse_piece(json, piece); }));
    if (parsed.back().sequence.value_or(0) >= sequences) fail("\"{}\" uses sequence B, which it does not have", key);
  }
  if (count_special(parsed) > kMostAdded) fail("\"{}\" adds more than {} tokens", key, kMostAdded);
  return parsed;
}

class TemplateProcessing : public PostProcessor {
 public:
  explicit TemplateProcessing(const Json& json)
      : single_(parse_template(json, "single", 1)), pair_(parse_template(json, "pair", 2)) {}

  std::vector<TypedIds> process(std::vector<TypedIds> parts, bool add_special_tokens) const override {
    if (parts.empty() || parts.size() > 2) fail("a template takes one sequence or two, not {}", parts.size());
    std::vector<TypedIds> result;
    for (const TemplatePiece& piece : parts.size() == 1 ? single_ : pair_) {
      if (!piece.sequence && !add_special_tokens) continue;
      TypedIds typed;
      typed.ids = piece.sequence ? parts[*piece.sequence].ids : piece.special;
      typed.type_ids.assign(typed.ids.size(), piece.type);
      result.push_back(std::move(typed));
    }
    return result;
  }

  size_t added_tokens(bool pair) const override { return count_special(pair ? pair_ : single_); }

 private:
  Template single_;
  Template pair_;
};

}  // namespace

void register_post_processor_template(PostProcessorTable& table) {
  table.add<TemplateProcessing>("TemplateProcessing");
}

}  // namespace anemone
