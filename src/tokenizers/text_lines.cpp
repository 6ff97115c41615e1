// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/text_lines.h"

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/strings.h"

namespace anemone {

std::vector<std::string> read_text_lines(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  std::vector<std::string> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].empty() && lines[i].back() == '\r') lines[i].pop_back();
    if (!is_valid_utf8(lines[i])) fail("{}: line {} is not UTF-8", path.string(), i + 1);
  }
  return lines;
}

}  // namespace anemone
