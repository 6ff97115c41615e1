// SPDX-License-Identifier: Apache-2.0
// Texts in files, one a line.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"

namespace anemone {

// Calls visit for each line, without its end, of a file; "-" is stdin. Errors name the file and the line.
void for_each_line(const std::string& file, const std::function<void(std::string)>& visit);

struct TextLine {
  std::string text;
  std::optional<std::string> pair = {};  // a second text
};

// The same for texts. A file whose name ends in .jsonl holds JSON texts, or objects with "text" or "prompt" and perhaps
// "pair"; its empty lines do not count.
void for_each_text(const std::string& file, const std::function<void(TextLine)>& visit);

std::string json_line(const Json& json);  // on one line, whatever the strings in it hold

}  // namespace anemone
