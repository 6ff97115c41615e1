// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/stream_decoder.h"

#include <span>

namespace anemone {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

bool ends_open(std::string_view text) {
  return text.size() >= kReplacement.size() && text.substr(text.size() - kReplacement.size()) == kReplacement;
}

}  // namespace

std::string StreamDecoder::text_from(size_t begin, size_t end) const {
  return tokenizer_.decode(std::span(ids_).subspan(begin, end - begin), skips_special_);
}

std::string StreamDecoder::add(TokenId id) {
  ids_.push_back(id);
  const std::string text = text_from(context_, ids_.size());
  if (ends_open(text)) return {};  // perhaps the next tokens complete the character
  const size_t known = text_from(context_, given_).size();
  if (text.size() <= known) return {};
  // A context that reads as nothing or as spaces would leave what follows at the start of a text.
  if (text_from(given_, ids_.size()).find_first_not_of(' ') != std::string::npos) context_ = given_;
  given_ = ids_.size();
  return text.substr(known);
}

std::string StreamDecoder::finish() {
  const std::string text = text_from(context_, ids_.size());
  const size_t known = text_from(context_, given_).size();
  ids_.clear();
  context_ = given_ = 0;
  return text.size() > known ? text.substr(known) : "";
}

}  // namespace anemone
