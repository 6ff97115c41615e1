// SPDX-License-Identifier: Apache-2.0
// Times one tokenizer on one text file, a line at a time on one thread, and prints a line for each run:
//     bench_tokenizers TOKENIZER TEXT [RUNS]
// bench/tokenizers_peer.py runs it in turns with Hugging Face tokenizers.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "tokenizers/tokenizer.h"

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void run(const char* tokenizer_path, const char* text_path, int runs) {
  const auto start = std::chrono::steady_clock::now();
  const auto tokenizer = anemone::Tokenizer::open(tokenizer_path);
  std::printf("load %.4f s\n", seconds_since(start));
  const auto file = anemone::MappedFile::open(text_path);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  const std::vector<std::string> lines = anemone::split(text, '\n');
  anemone::EncodeOptions options;
  options.add_special_tokens = false;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    size_t tokens = 0;
    for (const std::string& line : lines) tokens += tokenizer.encode(line, options).ids.size();
    const double seconds = seconds_since(begin);
    std::printf("encode %.4f s %.1f MB/s %zu tokens\n", seconds, static_cast<double>(text.size()) / 1e6 / seconds,
                tokens);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return std::fprintf(stderr, "usage: %s TOKENIZER TEXT [RUNS]\n", arguments[0]), 2;
  try {
    run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 3);
  } catch (const anemone::Error& error) {
    return std::fprintf(stderr, "error: %s\n", error.what()), 2;
  }
}
