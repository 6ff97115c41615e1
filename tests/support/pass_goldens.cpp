// SPDX-License-Identifier: Apache-2.0
#include "pass_goldens.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/strings.h"
#include "ir/text.h"
#include "ops/ops.h"

namespace anemone::test {
namespace {

// What stands behind "// WORD:"; empty when no line has it.
std::string word(const std::string& text, const std::string& name) {
  const std::string mark = "// " + name + ":";
  const size_t at = text.find(mark);
  if (at == std::string::npos) return "";
  return std::string(trim(text.substr(at + mark.size(), text.find('\n', at) - at - mark.size())));
}

}  // namespace

PassGolden read_pass_golden(const std::string& name) {
  const auto file = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/golden/passes" / (name + ".mil");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail("{}: cannot be read", file.string());
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  text.resize(text.find("// ----"));
  PassGolden golden{parse(text, op_table()), {}, {}};
  for (const std::string& pass : split(word(text, "RUN"), ',')) golden.run.emplace_back(trim(pass));
  if (const std::string widest = word(text, "WIDEST"); !widest.empty()) golden.settings.widest = *parse_int(widest);
  return golden;
}

}  // namespace anemone::test
