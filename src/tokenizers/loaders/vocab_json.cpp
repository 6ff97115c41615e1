// SPDX-License-Identifier: Apache-2.0
// GPT-2's vocab.json and the merges.txt beside it. The rest of the pipeline is GPT-2's, adjusted by
// tokenizer_config.json; it is written down as the tokenizer.json that such a folder would be converted to.
#include "tokenizers/loader.h"
#include "tokenizers/text_lines.h"
#include "tokenizers/tokenizer_config.h"
#include "tokenizers/tokenizer_json.h"

namespace anemone {
namespace {

// Each line is a merge; the first may name the version of the format.
Json read_merges(const std::filesystem::path& path) {
  Json::array_t merges;
  for (std::string& line : read_text_lines(path))
    if (!line.empty() && line.rfind("#version", 0) != 0) merges.emplace_back(std::move(line));
  return merges;
}

Json special_tokens(const TokenizerConfig& config, const Json& vocab) {
  std::map<int64_t, Json> tokens;
  const auto add = [&](const std::string& content) {
    const auto found = vocab.find(content);
    if (found == vocab.end() || !found->is_number_integer()) return;
    tokens[found->get<int64_t>()] = {{"id", *found}, {"content", content}, {"special", true}, {"normalized", false}};
  };
  add("<|endoftext|>");
  for (const auto& [role, content] : config.special_tokens) add(content);
  Json list = Json::array();
  for (auto& [id, token] : tokens) list.push_back(std::move(token));
  return list;
}

Json gpt2_document(Json vocab, Json merges, const TokenizerConfig& config) {
  Json document;
  document["added_tokens"] = special_tokens(config, vocab);
  document["pre_tokenizer"] = {{"type", "ByteLevel"},
                               {"add_prefix_space", get_bool(config.json, "add_prefix_space", false)}};
  document["post_processor"] = {{"type", "ByteLevel"}};
  document["decoder"] = {{"type", "ByteLevel"}};
  document["model"] = {{"type", "BPE"}};
  document["model"]["vocab"] = std::move(vocab);
  document["model"]["merges"] = std::move(merges);
  return document;
}

TokenizerParts load(const std::filesystem::path& file) {
  const auto merges_file = file.parent_path() / "merges.txt";
  if (!std::filesystem::exists(merges_file)) fail("{}: needs merges.txt beside it", file.string());
  Json vocab = read_json(file);
  if (!vocab.is_object()) fail("{}: {}: expected an object of tokens and ids", file.string(), vocab.type_name());
  Json merges = read_merges(merges_file);
  const TokenizerConfig config = read_tokenizer_config(file);
  return with_context(file.string(),
                      [&] { return parts_from_json(gpt2_document(std::move(vocab), std::move(merges), config)); });
}

}  // namespace

void register_tokenizer_loader_vocab_json(TokenizerLoaderTable& table) {
  table.push_back({"vocab.json", {}, 10, load});
}

}  // namespace anemone
