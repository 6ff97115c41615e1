// SPDX-License-Identifier: Apache-2.0
// What callers see of a program, as text: features, metadata, build information.
#include "base/error.h"
#include "base/strings.h"
#include "ir/builder.h"
#include "ir/lexer.h"
#include "ir/literal.h"
#include "ir/printer.h"

namespace anemone {
namespace {

std::string kind_word(Feature::Kind kind) {
  switch (kind) {
    case Feature::Kind::kArray:
      return "array";
    case Feature::Kind::kImage:
      return "image";
    case Feature::Kind::kString:
      return "string";
    case Feature::Kind::kInt64:
      return "int64";
    case Feature::Kind::kDouble:
      return "double";
    case Feature::Kind::kDictionary:
      return "dictionary";
  }
  return "array";
}

template <typename Items, typename Text>
std::string bracketed(const Items& items, Text text) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(text(item));
  return "[" + join(texts, ", ") + "]";
}

std::string hex_text(const std::string& bytes) { return fmt::format("HEX(\"{}\")", hex_of(bytes)); }

std::string feature_text(const Feature& feature) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::string& key, const std::string& value) { parts.push_back(key + " = " + value); };
  if (feature.kind == Feature::Kind::kArray || feature.dtype != DType::kFloat32)
    add("dtype", std::string(name_of(feature.dtype)));
  if (feature.shape) add("shape", to_string(*feature.shape));
  if (!feature.enumerated_shapes.empty())
    add("enumerated", bracketed(feature.enumerated_shapes, [](const auto& shape) { return to_string(shape); }));
  if (!feature.shape_ranges.empty())
    add("ranges", bracketed(feature.shape_ranges,
                            [](const auto& range) { return fmt::format("[{}, {}]", range.lower, range.upper); }));
  if (feature.optional) add("optional", "true");
  if (feature.default_value) add("default", shortest(*feature.default_value));
  if (feature.color_space != 0) add("color_space", std::to_string(feature.color_space));
  if (feature.string_keys) add("string_keys", "true");
  if (!feature.description.empty()) add("description", quote(feature.description));
  if (!feature.unrecognized.empty()) add("unrecognized", hex_text(feature.unrecognized));
  const std::string attributes = parts.empty() ? "" : "[" + join(parts, ", ") + "]";
  return fmt::format("{} = {}{};\n", name_text(feature.name), kind_word(feature.kind), attributes);
}

// Whether the features are those that a function gets when nobody says otherwise.
bool as_made(const Function& function) {
  if (!function.predicted_feature_name.empty() || !function.predicted_probabilities_name.empty()) return false;
  Function made = function;
  try {
    make_features(made);
  } catch (const Error&) {
    return false;
  }
  return made.input_features == function.input_features && made.output_features == function.output_features &&
         made.state_features == function.state_features;
}

std::string dictionary(const std::map<std::string, std::string>& entries) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : entries) pairs.push_back("{" + quote(key) + ", " + quote(value) + "}");
  return "dict<string, string>({" + join(pairs, ", ") + "})";
}

}  // namespace

std::string interface_text(const Function& function, bool defined) {
  if (defined && as_made(function)) return "";
  std::string text = " interface {\n";
  for (const Feature& feature : function.input_features) text += "    input " + feature_text(feature);
  for (const Feature& feature : function.output_features) text += "    output " + feature_text(feature);
  for (const Feature& feature : function.state_features) text += "    state " + feature_text(feature);
  if (!function.predicted_feature_name.empty())
    text += "    predicted_feature = " + quote(function.predicted_feature_name) + ";\n";
  if (!function.predicted_probabilities_name.empty())
    text += "    predicted_probabilities = " + quote(function.predicted_probabilities_name) + ";\n";
  return text + "  }";
}

std::string program_attributes(const Program& program) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::string& key, const std::string& value) { parts.push_back(key + " = " + value); };
  const auto add_text = [&add](const std::string& key, const std::string& value) {
    if (!value.empty()) add(key, quote(value));
  };
  const Metadata& metadata = program.metadata;
  if (!program.build_info.empty()) add("buildInfo", dictionary(program.build_info));
  if (program.default_function != "main") add("default_function", quote(program.default_function));
  if (program.multifunction) add("multifunction", "true");
  add_text("description", metadata.description);
  add_text("version", metadata.version);
  add_text("author", metadata.author);
  add_text("license", metadata.license);
  if (!metadata.user_defined.empty()) add("user_defined", dictionary(metadata.user_defined));
  if (!metadata.unrecognized.empty()) add("metadata_unrecognized", hex_text(metadata.unrecognized));
  if (!program.unrecognized.empty()) add("unrecognized", hex_text(program.unrecognized));
  return parts.empty() ? "" : "\n[" + join(parts, ",\n ") + "]";
}

}  // namespace anemone
