// SPDX-License-Identifier: Apache-2.0
#include "tune/op_list.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "ops/ops.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

constexpr const char* kHead =
    "# Ops\n\n"
    "Written by `anemone-conformance --list-ops tests/data/harvest`; a test keeps it current.\n\n"
    "- **opsets**: where the op's parameters begin or change; CoreML5 is iOS 15, CoreML8 iOS 18.\n"
    "- **element types** of its data (the first parameter that has a choice). A `constexpr_*` is computed "
    "once,\n"
    "  while the model is made ready.\n"
    "- **computed by**: `kernel` has a fast form for the usual arguments beside the reference evaluation; `executor` "
    "is\n"
    "  part of running a program (control flow, lists, states).\n"
    "- **samples** are literal cases in the op's own file, checked by `OpSamples`; **recorded** are the cases of\n"
    "  `tests/data/harvest` about the op, **in all** those whose program uses it.\n\n"
    "| op | opsets | element types | computed by | samples | recorded | in all |\n"
    "|---|---|---|---|---|---|---|\n";

struct Recorded {
  int about = 0;
  int in_all = 0;
};

std::map<std::string, Recorded> count_recorded(const std::filesystem::path& folder) {
  std::ifstream index(folder / "index.jsonl");
  if (!index) fail("{}: cannot be read", (folder / "index.jsonl").string());
  std::map<std::string, Recorded> counts;
  for (std::string line; std::getline(index, line);) {
    if (line.empty()) continue;
    const Json row = parse_json(line);
    ++counts[row.at("op")].about;
    for (const auto& entry : row.at("ops").items()) ++counts[entry.key()].in_all;
  }
  return counts;
}

// Of the first parameter whose element type is a matter of choice, else of the first.
std::string types_of(const Signature& signature) {
  if (signature.parameters.empty()) return "any";
  const auto chosen = std::find_if(signature.parameters.begin(), signature.parameters.end(),
                                   [](const Parameter& parameter) { return !parameter.domain.empty(); });
  const Parameter& data = chosen == signature.parameters.end() ? signature.parameters[0] : *chosen;
  std::vector<std::string> names;
  for (const DType type : data.types) names.push_back(std::string(name_of(type)));
  return names.empty() ? "any" : join(names, " ");
}

// The element types of the first signature, then those of later ones that differ.
std::string all_types(const OpDefinition& op) {
  std::string text;
  std::string last;
  for (const Signature& signature : op.signatures) {
    const std::string types = types_of(signature);
    if (types == last) continue;
    text += text.empty() ? types : fmt::format("; from CoreML{}: {}", signature.opset, types);
    last = types;
  }
  return text;
}

std::string opsets_of(const OpDefinition& op) {
  std::vector<std::string> numbers;
  for (const Signature& signature : op.signatures) numbers.push_back(fmt::format("CoreML{}", signature.opset));
  return join(numbers, ", ");
}

}  // namespace

std::string op_list(const std::filesystem::path& cases) {
  std::string text = kHead;
  const auto recorded = count_recorded(cases);
  for (const std::string& name : op_table().names()) {
    const OpDefinition& op = *op_table().find(name);
    const auto found = recorded.find(name);
    const Recorded count = found == recorded.end() ? Recorded{} : found->second;
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", name, opsets_of(op), all_types(op),
                        !op.evaluate                  ? "executor"
                        : kernel_table().serves(name) ? "kernel, reference"
                                                      : "reference",
                        op.samples.size(), count.about, count.in_all);
  }
  return text;
}

}  // namespace anemone
