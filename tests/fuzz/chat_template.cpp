// SPDX-License-Identifier: Apache-2.0
// Any bytes as a chat template: refused with an Error when it is read or when it runs, or a text. The mutator also
// inserts the words of the language.
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "scratch_file.h"
#include "tokenizers/chat_template.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr const char* kPieces[] = {"{{ ",
                                   " }}",
                                   "{% ",
                                   " %}",
                                   "{%- ",
                                   " -%}",
                                   "{# ",
                                   " #}",
                                   "{% for m in messages %}",
                                   "{% endfor %}",
                                   "{% if ",
                                   "{% else %}",
                                   "{% endif %}",
                                   "{% set ns = namespace(a=1) %}",
                                   "{% set ns.a = ",
                                   "{% macro f(x, y=2) %}",
                                   "{% endmacro %}",
                                   "messages",
                                   "loop.index0",
                                   "m['content']",
                                   "m.role",
                                   "|trim",
                                   "|tojson(indent=2)",
                                   "|selectattr('role', 'equalto', 'user')",
                                   "|map(attribute='content')",
                                   "|join(', ')",
                                   "|length",
                                   "|default('x', true)",
                                   "|sort",
                                   " is defined",
                                   " is none",
                                   " is mapping",
                                   " not in ",
                                   "[1:-1]",
                                   "[::-1]",
                                   ".split('a')",
                                   ".items()",
                                   "range(3)",
                                   "raise_exception('x')",
                                   "strftime_now('%d %b %Y')",
                                   "{% generation %}",
                                   "{% endgeneration %}",
                                   "{'a': [1, 2.5, none]}",
                                   " ~ ",
                                   " // 3",
                                   " ** 2",
                                   "true",
                                   "'x'"};

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t random = seed;
  const char* piece = kPieces[anemone::fuzz::next_random(random) % std::size(kPieces)];
  const size_t length = std::strlen(piece);
  if (anemone::fuzz::next_random(random) % 2 != 0 || size + length > max_size)
    return LLVMFuzzerMutate(data, size, max_size);
  const size_t at = anemone::fuzz::next_random(random) % (size + 1);
  std::memmove(data + at + length, data + at, size - at);
  std::memcpy(data + at, piece, length);
  return size + length;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const anemone::Json messages = anemone::parse_json(R"([{"role": "system", "content": " Be brief. "},
      {"role": "user", "content": "Hi \"you\" \u00e9", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1.5}}}]},
      {"role": "assistant", "content": null}])");
  anemone::ChatOptions options;
  options.now = 0;
  options.tools = anemone::parse_json(R"([{"type": "function", "function": {"name": "f", "parameters": {}}}])");
  try {
    const anemone::ChatTemplate chat({reinterpret_cast<const char*>(data), size}, {{"bos_token", "<s>"}});
    chat.render(messages, options);
  } catch (const anemone::Error&) {
  }
  return 0;
}
