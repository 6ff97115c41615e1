// SPDX-License-Identifier: Apache-2.0
// A template in the language Jinja: the part of it that published chat templates use, with the results of Python's
// jinja2. A template has no way out: no files, no attributes of objects, bounded steps, output and depth.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "tokenizers/jinja/syntax.h"

namespace anemone::jinja {

class Template {
 public:
  // Throws Error with the line of what is malformed or not supported.
  explicit Template(std::string_view source) : body_(parse(source)) {}

  // `now` is what strftime_now() sees. Throws Error with the line, also for raise_exception().
  std::string render(const Dict& variables, std::time_t now) const;

 private:
  Block body_;
};

}  // namespace anemone::jinja
