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

PassSettings pass_settings_in(const std::string& text) {
  PassSettings settings;
  if (const std::string widest = word(text, "WIDEST"); !widest.empty()) settings.widest = parse_int(widest).value();
  if (const std::string kernel = word(text, "KERNEL"); !kernel.empty())
    settings.widest_kernel = parse_int(kernel).value();
  if (const std::string queries = word(text, "QUERIES"); !queries.empty()) {
    settings.attention = AttentionMode::kSplitEinsumV2;
    settings.queries_at_once = parse_int(queries).value();
  }
  settings.float32_norms = word(text, "NORMS") == "fp32";
  return settings;
}

PassGolden read_pass_golden(const std::string& name) {
  const auto file = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/golden/passes" / (name + ".mil");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail("{}: cannot be read", file.string());
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  text.resize(text.find("// ----"));
  PassGolden golden{parse(text, op_table()), {}, pass_settings_in(text)};
  for (const std::string& pass : split(word(text, "RUN"), ',')) golden.run.emplace_back(trim(pass));
  return golden;
}

}  // namespace anemone::test
