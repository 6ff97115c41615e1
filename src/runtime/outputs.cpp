// SPDX-License-Identifier: Apache-2.0
#include "runtime/outputs.h"

#include "base/error.h"
#include "formats/output_file.h"
#include "runtime/arrays.h"

namespace anemone {

Json as_json(const RuntimeValue& value) {
  if (value.kind == RuntimeValue::Kind::kLabel) {
    if (value.string_labels) return value.label;
    return parse_json(value.label);
  }
  Json object = Json::object();
  for (const auto& [label, probability] : value.dictionary) object[label] = probability;
  return object;
}

void write_output(const std::filesystem::path& folder, const std::string& name, const RuntimeValue& value) {
  if (value.kind == RuntimeValue::Kind::kList) fail("output {} is a list", name);
  const std::filesystem::path file = name;
  if (name.empty() || file.filename() != file || name == "." || name == "..")
    fail("output {}: its name cannot be that of a file", name);
  if (value.kind == RuntimeValue::Kind::kTensor) return write_tensor(folder / (name + ".npy"), value.tensor);
  write_file(folder / (name + ".json"), [&](OutputFile& out) { out.write(as_json(value).dump(2) + "\n"); });
}

}  // namespace anemone
