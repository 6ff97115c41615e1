// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tokenizers/tiktoken.h"

namespace anemone {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr const char* kCl100k =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

Names end_of_text() { return {"<|endoftext|>"}; }

Names numbered(const char* format, int first, int last) {
  Names names;
  for (int i = first; i <= last; ++i) names.push_back(fmt::format(fmt::runtime(format), i));
  return names;
}

void append(Names& names, const Names& more) { names.insert(names.end(), more.begin(), more.end()); }

// Llama 3.1's names.
Names llama3() {
  constexpr const char* kReserved = "<|reserved_special_token_{}|>";
  Names names = {"<|begin_of_text|>", "<|end_of_text|>"};
  append(names, numbered(kReserved, 0, 1));
  names.push_back("<|finetune_right_pad_id|>");
  append(names, numbered(kReserved, 2, 2));
  append(names, {"<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"});
  append(names, numbered(kReserved, 3, 247));
  return names;
}

Names qwen() {
  Names names = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  append(names, numbered("<|extra_{}|>", 0, 204));
  return names;
}

// Empty names are ids without a token.
Names cl100k() {
  Names names = {"<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"};
  names.resize(19);
  names.push_back("<|endofprompt|>");
  return names;
}

Names o200k() {
  Names names = {"<|endoftext|>"};
  names.resize(19);
  names.push_back("<|endofprompt|>");
  return names;
}

constexpr const char* kWhisperLanguages[] = {
    "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt",  "tr", "pl", "ca", "nl", "ar", "sv", "it", "id",
    "hi", "fi", "vi", "he", "uk", "el", "ms", "cs", "ro",  "da", "hu", "ta", "no", "th", "ur", "hr", "bg",
    "lt", "la", "mi", "ml", "cy", "sk", "te", "fa", "lv",  "bn", "sr", "az", "sl", "kn", "et", "mk", "br",
    "eu", "is", "hy", "ne", "mn", "bs", "kk", "sq", "sw",  "gl", "mr", "pa", "si", "km", "sn", "yo", "so",
    "af", "oc", "ka", "be", "tg", "sd", "gu", "am", "yi",  "lo", "uz", "fo", "ht", "ps", "tk", "nn", "mt",
    "sa", "lb", "my", "bo", "tl", "mg", "as", "tt", "haw", "ln", "ha", "ba", "jw", "su"};

Names whisper() {
  Names names = {"<|endoftext|>", "<|startoftranscript|>"};
  for (const char* language : kWhisperLanguages) names.push_back(fmt::format("<|{}|>", language));
  append(names,
         {"<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"});
  for (int step = 0; step <= 1500; ++step) names.push_back(fmt::format("<|{}.{:02}|>", step / 50, step % 50 * 2));
  return names;
}

constexpr TiktokenEncoding kEncodings[] = {
    {"gpt2", 50256, kGpt2, false, 50256, end_of_text},  {"whisper", 50257, kGpt2, false, 50257, whisper},
    {"cl100k", 100256, kCl100k, false, 100257, cl100k}, {"llama3", 128000, kCl100k, false, 128000, llama3},
    {"qwen", 151643, kQwen, true, 151643, qwen},        {"o200k", 199998, kO200k, false, 199999, o200k},
};

}  // namespace

const TiktokenEncoding* find_tiktoken_encoding(size_t tokens) {
  for (const TiktokenEncoding& encoding : kEncodings)
    if (encoding.tokens == tokens) return &encoding;
  return nullptr;
}

const TiktokenEncoding* find_tiktoken_encoding(std::string_view name) {
  for (const TiktokenEncoding& encoding : kEncodings)
    if (encoding.name == name) return &encoding;
  return nullptr;
}

std::vector<std::string> tiktoken_encoding_names() {
  std::vector<std::string> names;
  for (const TiktokenEncoding& encoding : kEncodings)
    names.push_back(fmt::format("{} ({} tokens)", encoding.name, encoding.tokens));
  return names;
}

}  // namespace anemone
