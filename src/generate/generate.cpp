// SPDX-License-Identifier: Apache-2.0
#include "generate/generate.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

// "eos_token_id" is a number or a list of them.
void add_ids(const Json& json, std::set<TokenId>& ids) {
  for (const Json& id : json.is_array() ? json : Json::array({json}))
    if (id.is_number_unsigned() && id.get<uint64_t>() < uint64_t{1} << 31U) ids.insert(id.get<TokenId>());
}

// How many bytes at the end may still become a stop or a character: they are written later.
size_t held_back(const std::string& text, const std::vector<std::string>& stops) {
  constexpr std::string_view kPartial = "\xEF\xBF\xBD";  // a character of which only a part is there
  size_t held = 0;
  while (std::string_view(text).substr(0, text.size() - held).ends_with(kPartial)) held += kPartial.size();
  for (const std::string& stop : stops)
    for (size_t n = std::min(stop.size(), text.size()); n > held; --n)
      if (text.ends_with(std::string_view(stop).substr(0, n))) held = n;
  return held;
}

// The text of the continuation as it grows. Only what will not change again is written.
class Continuation {
 public:
  Continuation(const Tokenizer& tokenizer, std::vector<TokenId> prompt, const GenerationOptions& options,
               const TextGenerator::Write& write)
      : tokenizer_(tokenizer), options_(options), write_(write), all_(std::move(prompt)), prompt_size_(all_.size()) {
    prompt_text_ = decoded(all_);
  }

  std::span<const TokenId> all() const { return all_; }

  // Whether to go on.
  bool add(TokenId token) {
    all_.push_back(token);
    text_ = new_text();
    for (const std::string& stop : options_.stops)
      if (const size_t found = text_.find(stop); found != std::string::npos) {
        text_.resize(found);
        stopped_ = true;
      }
    return write_until(stopped_ ? text_.size() : text_.size() - held_back(text_, options_.stops)) && !stopped_;
  }

  Generation finish(bool ended) {
    write_until(text_.size());
    const auto middle = all_.begin() + static_cast<int64_t>(prompt_size_);
    return {{all_.begin(), middle},
            {middle, all_.end()},
            std::move(text_),
            ended || stopped_ ? Generation::End::kStop : Generation::End::kLength};
  }

 private:
  std::string decoded(std::span<const TokenId> tokens) const {
    return tokenizer_.decode(tokens, /*skip_special_tokens=*/true);
  }

  // Some tokenizers drop the space at the beginning of a text, so the continuation is decoded behind its prompt.
  std::string new_text() const {
    const std::string whole = decoded(all_);
    return whole.starts_with(prompt_text_) ? whole.substr(prompt_text_.size())
                                           : decoded(std::span(all_).subspan(prompt_size_));
  }

  bool write_until(size_t end) {
    if (!write_ || end <= written_) return true;
    const size_t begin = std::exchange(written_, end);
    return write_(std::string_view(text_).substr(begin, end - begin));
  }

  const Tokenizer& tokenizer_;
  const GenerationOptions& options_;
  const TextGenerator::Write& write_;
  std::vector<TokenId> all_;
  size_t prompt_size_;
  std::string prompt_text_;
  std::string text_;
  size_t written_ = 0;
  bool stopped_ = false;
};

}  // namespace

TextGenerator TextGenerator::open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                                  const RunOptions& options) {
  TextGenerator generator(TextModel::open(model, tokenizer, options));
  with_context(model.string(), [&] {
    const Feature* logits = generator.model_.output("logits");
    if (!logits) fail("the model has no logits: expected a language model");
    if (logits->shape && logits->shape->size() != 3)
      fail("logits has shape {}, expected (batch, tokens, words) of a language model", to_string(*logits->shape));
    if (generator.model_.asset("config.json").value("is_encoder_decoder", Json(false)) == true)
      fail("the model is one with an encoder, which generate does not run");
    generator.read_settings();
  });
  return generator;
}

void TextGenerator::read_settings() {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const Json ids = model_.asset(name).value("eos_token_id", Json());
    if (ends_.empty()) add_ids(ids, ends_);
  }
  if (ends_.empty())
    if (const auto end = model_.tokenizer().special_id("eos_token")) ends_.insert(*end);
  beginning_ = model_.tokenizer().special_id("bos_token");
}

TokenId TextGenerator::token(const std::string& spelling) const {
  const auto id = model_.tokenizer().token_to_id(spelling);
  if (!id) fail("--stop-token: {}: the tokenizer has no such token", spelling);
  return *id;
}

std::vector<float> TextGenerator::next_logits(std::span<const TokenId> tokens) {
  const auto most = static_cast<size_t>(model_.longest());
  const auto seen = tokens.size() > most ? tokens.last(most) : tokens;
  CHECK(!seen.empty());
  Encoding encoding;
  encoding.ids.assign(seen.begin(), seen.end());
  encoding.type_ids.assign(seen.size(), 0);
  encoding.attention_mask.assign(seen.size(), 1);
  const auto results = model_.run(std::span(&encoding, 1));
  const Tensor logits = converted(results.at("logits").tensor, DType::kFloat32);
  if (logits.rank() != 3) fail("logits has shape {}, expected three dimensions", to_string(logits.shape()));
  const auto positions = static_cast<size_t>(logits.shape()[1]);
  if (positions < seen.size())
    fail("logits has {} positions for {} tokens: expected one for each", positions, seen.size());
  const auto words = static_cast<size_t>(logits.shape()[2]);
  const auto row = logits.as<float>().subspan((seen.size() - 1) * words, words);
  return {row.begin(), row.end()};
}

Generation TextGenerator::generate(std::string_view prompt, const GenerationOptions& options, const Write& write) {
  EncodeOptions encode;
  encode.add_special_tokens = options.add_special_tokens;
  std::vector<TokenId> tokens = model_.tokenizer().encode(prompt, encode).ids;
  if (tokens.empty() && beginning_) tokens.push_back(*beginning_);
  if (tokens.empty()) fail("the prompt has no token, and the tokenizer has none for the beginning of a text");
  return continue_tokens(std::move(tokens), options, write);
}

Generation TextGenerator::continue_tokens(std::vector<TokenId> prompt, const GenerationOptions& options,
                                          const Write& write) {
  check(options.sampling);
  std::set<TokenId> ends = options.stop_tokens;
  if (!options.ignore_end) ends.insert(ends_.begin(), ends_.end());
  Sampler sampler(options.sampling);
  Continuation continuation(model_.tokenizer(), std::move(prompt), options, write);
  bool ended = false;
  for (int64_t i = 0; i < options.max_new_tokens; ++i) {
    const TokenId next = sampler.pick(next_logits(continuation.all()));
    ended = ends.contains(next);
    if (ended || !continuation.add(next)) break;
  }
  return continuation.finish(ended);
}

}  // namespace anemone
