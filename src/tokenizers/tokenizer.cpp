// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/tokenizer.h"

#include <algorithm>

#include "base/strings.h"
#include "tokenizers/loader.h"
#include "tokenizers/truncation.h"
#include "tokenizers/unicode.h"

namespace anemone {

void register_all_tokenizer_loader(TokenizerLoaderTable& table);

namespace {

constexpr int64_t kLongestPadding = int64_t{1} << 28;

struct Found {
  std::filesystem::path file;
  const TokenizerLoader* loader;
};

// The first such file in order of names, or nothing.
std::filesystem::path find_extension(const std::filesystem::path& folder, const std::string& extension) {
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == extension && (found.empty() || entry.path() < found)) found = entry.path();
  return found;
}

Found find_in_folder(const TokenizerLoaderTable& table, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const TokenizerLoader& loader : table) {
    const auto file = loader.file_name.empty() ? find_extension(folder, loader.extension) : folder / loader.file_name;
    if (std::filesystem::exists(file)) return {file, &loader};
    names.push_back(loader.file_name.empty() ? "*" + loader.extension : loader.file_name);
  }
  fail("{}: no tokenizer in this folder: expected {}", folder.string(), any_of(names));
}

Found find_loader(const TokenizerLoaderTable& table, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return find_in_folder(table, path);
  if (!std::filesystem::exists(path)) fail("{}: no such file or folder", path.string());
  for (const TokenizerLoader& loader : table)
    if (path.filename() == loader.file_name) return {path, &loader};
  std::vector<std::string> extensions;
  for (const TokenizerLoader& loader : table) {
    if (loader.extension.empty()) continue;
    if (path.extension() == loader.extension) return {path, &loader};
    extensions.push_back(loader.extension);
  }
  fail("{}: not a tokenizer file: expected {}", path.string(), any_of(extensions));
}

// Cuts a piece before each run of the mark.
template <typename Visit>
void for_each_word(std::string_view piece, std::string_view mark, Visit visit) {
  for (size_t begin = 0; begin < piece.size();) {
    size_t end = mark.empty() ? piece.size() : begin;
    while (!mark.empty() && piece.substr(end, mark.size()) == mark) end += mark.size();
    end = std::min(mark.empty() ? end : piece.find(mark, end), piece.size());
    visit(piece.substr(begin, end - begin));
    begin = end;
  }
}

Encoding concatenate(const std::vector<TypedIds>& parts) {
  Encoding encoding;
  for (const TypedIds& part : parts) {
    CHECK(part.ids.size() == part.type_ids.size());
    encoding.ids.insert(encoding.ids.end(), part.ids.begin(), part.ids.end());
    encoding.type_ids.insert(encoding.type_ids.end(), part.type_ids.begin(), part.type_ids.end());
  }
  encoding.attention_mask.assign(encoding.ids.size(), 1);
  return encoding;
}

}  // namespace

Tokenizer Tokenizer::open(const std::filesystem::path& path) {
  TokenizerLoaderTable table;
  register_all_tokenizer_loader(table);
  std::stable_sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
  const Found found = find_loader(table, path);
  return Tokenizer(found.loader->load(found.file), read_tokenizer_config(found.file));
}

Tokenizer::Tokenizer(TokenizerParts parts, TokenizerConfig config)
    : parts_(std::move(parts)),
      added_(std::move(parts_.added_tokens), parts_.normalizer.get()),
      config_(std::move(config)) {
  CHECK(parts_.model != nullptr);
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<TypedIds> parts;
  parts.push_back(encode_sequence(text, 0));
  if (options.pair) parts.push_back(encode_sequence(*options.pair, 1));
  if (options.max_length) {
    const bool adds = options.add_special_tokens && parts_.post_processor != nullptr;
    const auto reserved =
        static_cast<int64_t>(adds ? parts_.post_processor->added_tokens(options.pair.has_value()) : 0);
    if (*options.max_length < reserved)
      fail("{} tokens are too few: the special ones alone are {}", *options.max_length, reserved);
    const Truncation truncation = parts_.truncation.value_or(Truncation{});
    truncate(parts, static_cast<size_t>(*options.max_length - reserved), truncation.strategy, truncation.left);
  }
  if (parts_.post_processor) parts = parts_.post_processor->process(std::move(parts), options.add_special_tokens);
  Encoding encoding = concatenate(parts);
  if (options.pad_to_length) pad(encoding, *options.pad_to_length);
  return encoding;
}

TypedIds Tokenizer::encode_sequence(std::string_view text, TokenId type) const {
  const std::string valid = valid_utf8(text);
  TypedIds result;
  const WordCachePool::Lease cache(*caches_);
  const PieceSink encode = [&](const Piece& piece) {
    for_each_word(piece.text, parts_.model->word_mark(),
                  [&](std::string_view word) { (*cache).encode(word, *parts_.model, result.ids); });
  };
  for (const Section& section : added_.split(valid, parts_.normalizer.get())) {
    if (section.token) {
      result.ids.push_back(*section.token);
      continue;
    }
    const Piece whole{section.text, section.at_start};
    parts_.pre_tokenizer ? parts_.pre_tokenizer->split(whole, encode) : encode(whole);
  }
  result.type_ids.assign(result.ids.size(), type);
  return result;
}

void Tokenizer::pad(Encoding& encoding, int64_t length) const {
  if (length < 0 || length > kLongestPadding)
    fail("padding to {} tokens: expected at most {}", length, kLongestPadding);
  if (encoding.ids.size() >= static_cast<size_t>(length)) return;
  const Padding padding = parts_.padding.value_or(Padding{});
  const size_t missing = static_cast<size_t>(length) - encoding.ids.size();
  const auto fill = [&](std::vector<int32_t>& values, int32_t value) {
    values.insert(padding.left ? values.begin() : values.end(), missing, value);
  };
  fill(encoding.ids, pad_id());
  fill(encoding.type_ids, padding.type_id);
  fill(encoding.attention_mask, 0);
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (const TokenId id : ids) {
    if (skip_special_tokens && added_.is_special(id)) continue;
    if (auto token = id_to_token(id)) tokens.push_back(std::move(*token));
  }
  if (!parts_.decoder) return join(tokens, " ");
  return join(parts_.decoder->decode(std::move(tokens)), "");
}

std::optional<TokenId> Tokenizer::token_to_id(std::string_view token) const {
  if (const auto id = added_.id_of(token)) return id;
  return parts_.model->token_to_id(token);
}

std::optional<std::string> Tokenizer::id_to_token(TokenId id) const {
  auto token = added_.token_of(id);
  if (!token) token = parts_.model->id_to_token(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

std::optional<TokenId> Tokenizer::special_id(const std::string& role) const {
  const auto found = config_.special_tokens.find(role);
  if (found == config_.special_tokens.end()) return std::nullopt;
  return token_to_id(found->second);
}

TokenId Tokenizer::pad_id() const {
  if (parts_.padding) return parts_.padding->id;
  return special_id("pad_token").value_or(0);
}

}  // namespace anemone
