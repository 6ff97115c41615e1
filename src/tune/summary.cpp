// SPDX-License-Identifier: Apache-2.0
#include "tune/summary.h"

#include <set>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr int64_t kSmallestWeight = 10;  // elements; below, values stand in the model file

class WeightCounter {
 public:
  explicit WeightCounter(ModelSummary& summary) : summary_(summary) {}

  void count(const Constant& constant) {
    for (const Constant& member : constant.members()) count(member);
    const Type& type = constant.type();
    if (!type.is_tensor() || type.dtype == DType::kString) return;
    const auto range = constant.file_range();
    const int64_t elements = constant.element_count();
    if (!range && elements < kSmallestWeight) return;
    if (range && !seen_.emplace(range->file.get(), range->offset).second) return;
    const int64_t bytes = byte_size(type.dtype, elements).value_or(0);
    WeightSummary& row = summary_.weights[std::string(name_of(type.dtype))];
    row.tensors += 1;
    row.elements += elements;
    row.bytes += bytes;
    summary_.weight_bytes += bytes;
  }

 private:
  ModelSummary& summary_;
  std::set<std::pair<const MappedFile*, size_t>> seen_;
};

std::string_view kind_name(Feature::Kind kind) {
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
  return "";
}

Json ranges_json(const std::vector<Feature::Range>& ranges) {
  Json list = Json::array();
  for (const Feature::Range& range : ranges)
    list.push_back({range.lower, range.upper < 0 ? Json(nullptr) : Json(range.upper)});
  return list;
}

Json feature_json(const Feature& feature) {
  Json json = {{"name", feature.name}, {"kind", kind_name(feature.kind)}};
  if (feature.kind == Feature::Kind::kArray) json["dtype"] = name_of(feature.dtype);
  if (feature.shape) json["shape"] = *feature.shape;
  if (!feature.enumerated_shapes.empty()) json["enumerated_shapes"] = feature.enumerated_shapes;
  if (!feature.shape_ranges.empty()) json["shape_ranges"] = ranges_json(feature.shape_ranges);
  if (feature.optional) json["optional"] = true;
  if (!feature.description.empty()) json["description"] = feature.description;
  return json;
}

Json features_json(const std::vector<Feature>& features) {
  Json list = Json::array();
  for (const Feature& feature : features) list.push_back(feature_json(feature));
  return list;
}

// "tensor<fp16, [1, 128]> x, ranges [1, 128] x [1, 512]"
std::string feature_text(const Feature& feature) {
  const std::string what = feature.kind == Feature::Kind::kArray ? std::string(name_of(feature.dtype))
                                                                 : std::string(kind_name(feature.kind));
  std::string text = fmt::format("{}: {}{}", feature.name, what, feature.shape ? " " + to_string(*feature.shape) : "");
  if (!feature.enumerated_shapes.empty()) {
    std::vector<std::string> shapes;
    for (const ConcreteShape& shape : feature.enumerated_shapes) shapes.push_back(to_string(shape));
    text += ", one of " + join(shapes, " ");
  }
  if (!feature.shape_ranges.empty()) {
    std::vector<std::string> ranges;
    for (const Feature::Range& range : feature.shape_ranges)
      ranges.push_back(range.upper < 0              ? fmt::format("{}..", range.lower)
                       : range.lower == range.upper ? std::to_string(range.lower)
                                                    : fmt::format("{}..{}", range.lower, range.upper));
    text += ", sizes [" + join(ranges, ", ") + "]";
  }
  if (feature.optional) text += ", optional";
  return text;
}

std::string minimum_os(int opset) { return fmt::format("iOS{} / macOS{}", opset + 10, opset + 7); }

std::string megabytes(int64_t bytes) { return fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6); }

void add_metadata(const Metadata& metadata, const std::function<void(const std::string&, const std::string&)>& add) {
  const std::pair<const char*, const std::string&> fields[] = {{"description", metadata.description},
                                                               {"version", metadata.version},
                                                               {"author", metadata.author},
                                                               {"license", metadata.license}};
  for (const auto& [name, value] : fields)
    if (!value.empty()) add(name, value);
  for (const auto& [name, value] : metadata.user_defined) add(name, value);
}

}  // namespace

ModelSummary summarize(const Program& program) {
  ModelSummary summary;
  WeightCounter weights(summary);
  for (const auto& entry : program.functions) {
    FunctionSummary function{entry.first, entry.second->opset, 0, {}};
    for_each_op(entry.second->body, [&](const Op& op) {
      ++function.ops[op.type];
      ++summary.ops[op.type];
      function.executed += is_executed(op) ? 1 : 0;
      for (const Argument& argument : op.arguments)
        for (const Operand& operand : argument.operands)
          if (!operand.is_value()) weights.count(operand.literal());
    });
    summary.functions.push_back(std::move(function));
  }
  return summary;
}

int executed_ops(const Program& program) {
  int count = 0;
  for (const auto& entry : program.functions)
    for_each_op(entry.second->body, [&](const Op& op) { count += is_executed(op) ? 1 : 0; });
  return count;
}

Json summary_json(const Program& program) {
  const ModelSummary summary = summarize(program);
  const Function& main = program.main();
  Json json = {{"opset", fmt::format("CoreML{}", program.opset())},
               {"specification_version", specification_version(program.opset())},
               {"minimum_os", minimum_os(program.opset())},
               {"default_function", program.default_function},
               {"functions", Json::array()},
               {"inputs", features_json(main.input_features)},
               {"outputs", features_json(main.output_features)},
               {"states", features_json(main.state_features)},
               {"ops", summary.ops},
               {"weights", Json::object()},
               {"weight_bytes", summary.weight_bytes},
               {"metadata", Json::object()}};
  for (const FunctionSummary& function : summary.functions)
    json["functions"].push_back({{"name", function.name},
                                 {"opset", fmt::format("CoreML{}", function.opset)},
                                 {"executed_ops", function.executed},
                                 {"ops", function.ops}});
  for (const auto& [dtype, row] : summary.weights)
    json["weights"][dtype] = {{"tensors", row.tensors}, {"elements", row.elements}, {"bytes", row.bytes}};
  add_metadata(program.metadata, [&](const auto& name, const auto& value) { json["metadata"][name] = value; });
  return json;
}

std::string summary_text(const Program& program) {
  const ModelSummary summary = summarize(program);
  const Function& main = program.main();
  std::string text = fmt::format("ML Program, CoreML{} ({}), specification {}\n", program.opset(),
                                 minimum_os(program.opset()), specification_version(program.opset()));
  const auto list = [&](const char* title, const std::vector<Feature>& features) {
    if (!features.empty()) text += fmt::format("{}\n", title);
    for (const Feature& feature : features) text += "  " + feature_text(feature) + "\n";
  };
  list("inputs", main.input_features);
  list("outputs", main.output_features);
  list("states", main.state_features);
  for (const FunctionSummary& function : summary.functions) {
    text += fmt::format("function {}: {} ops that execute\n", function.name, function.executed);
    for (const auto& [type, count] : function.ops)
      if (type != "const") text += fmt::format("  {:6} {}\n", count, type);
  }
  text += fmt::format("weights: {}\n", megabytes(summary.weight_bytes));
  for (const auto& [dtype, row] : summary.weights)
    text += fmt::format("  {:8} {:6} tensors {:>14} elements {:>12}\n", dtype, row.tensors, row.elements,
                        megabytes(row.bytes));
  add_metadata(program.metadata, [&](const std::string& name, const std::string& value) {
    const bool lengthy = value.size() > 200 || value.find('\n') != std::string::npos;
    text += lengthy ? fmt::format("{}: {} bytes\n", name, value.size()) : fmt::format("{}: {}\n", name, value);
  });
  text.pop_back();
  return text;
}

}  // namespace anemone
