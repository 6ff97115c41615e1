// SPDX-License-Identifier: Apache-2.0
// Reads programs from text. What can be read is verified and printed, and must read back as the same program. The
// mutator works on tokens, so that most inputs get past the lexer; the seeds are the golden texts:
//     fuzz_text_fuzz CORPUS_FOLDER tests/golden/text tests/golden/verify
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>

#include "base/error.h"
#include "ir/lexer.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace anemone {
namespace {

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  try {
    for (Lexer lexer(text); lexer.peek().kind != Token::Kind::kEnd;) tokens.emplace_back(lexer.next().spelling);
  } catch (const Error&) {  // keep what came before
  }
  return tokens;
}

const std::string& dictionary_word(std::mt19937& random) {
  static const std::vector<std::string> words = {"tensor",
                                                 "<",
                                                 ">",
                                                 "[",
                                                 "]",
                                                 "(",
                                                 ")",
                                                 "{",
                                                 "}",
                                                 ",",
                                                 "=",
                                                 ";",
                                                 "->",
                                                 "?",
                                                 "-",
                                                 "%",
                                                 "...",
                                                 "fp16",
                                                 "fp32",
                                                 "fp64",
                                                 "bf16",
                                                 "int32",
                                                 "int64",
                                                 "uint4",
                                                 "int4",
                                                 "uint1",
                                                 "bool",
                                                 "string",
                                                 "list",
                                                 "dict",
                                                 "tuple",
                                                 "state",
                                                 "inf",
                                                 "nan",
                                                 "true",
                                                 "0",
                                                 "1",
                                                 "65504",
                                                 "1e-50",
                                                 "1e400",
                                                 "0x1p-3",
                                                 "HEX",
                                                 "\"00\"",
                                                 "BLOBFILE",
                                                 "const",
                                                 "cond",
                                                 "val",
                                                 "name",
                                                 "interface",
                                                 "input",
                                                 "output",
                                                 "array",
                                                 "ranges",
                                                 "shape",
                                                 "x",
                                                 "9223372036854775807",
                                                 "18446744073709551616",
                                                 "\"\\xff\"",
                                                 "while_loop",
                                                 "loop_vars",
                                                 "write_state"};
  return words[random() % words.size()];
}

// Takes, repeats, moves or replaces a few tokens.
void mutate(std::vector<std::string>& tokens, std::mt19937& random) {
  const auto any = [&] { return random() % (tokens.size() + 1); };
  const auto at = [&](size_t i) { return tokens.begin() + static_cast<std::ptrdiff_t>(i); };
  const size_t begin = any();
  const size_t end = std::min(tokens.size(), begin + 1 + random() % 12);
  switch (random() % 5) {
    case 0:
      tokens.erase(at(std::min(begin, end)), at(end));
      break;
    case 1:
      tokens.insert(at(begin), dictionary_word(random));
      break;
    case 2:
      if (begin < tokens.size()) tokens[begin] = dictionary_word(random);
      break;
    case 3:
      if (begin < tokens.size()) tokens[begin] = tokens[random() % tokens.size()];
      break;
    default: {
      const std::vector<std::string> part(at(std::min(begin, end)), at(end));
      const size_t to = any();
      tokens.insert(at(to), part.begin(), part.end());
    }
  }
}

// Whether an interpretation of the program can be compared: not when values are used before they are defined.
void check_round_trip(const Program& program) {
  if (difference(program, program)) return;
  const std::string text = print(program);
  try {
    if (!difference(program, parse(text, op_table()))) return;
  } catch (const Error&) {
  }
  std::abort();
}

}  // namespace
}  // namespace anemone

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  auto tokens = anemone::tokens_of({reinterpret_cast<const char*>(data), size});
  for (unsigned i = 0; i < 1 + random() % 4; ++i) anemone::mutate(tokens, random);
  std::string text;
  for (const std::string& token : tokens) text += token + " ";
  const size_t kept = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), kept);
  return kept;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const anemone::Program program = anemone::parse({reinterpret_cast<const char*>(data), size}, anemone::op_table());
    anemone::check_round_trip(program);
    anemone::verify(program, anemone::op_table());
  } catch (const anemone::Error&) {
  }
  return 0;
}
