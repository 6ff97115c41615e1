// SPDX-License-Identifier: Apache-2.0
#include "passes/specialize.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/strings.h"
#include "ir/known_values.h"
#include "passes/fold.h"

namespace anemone {
namespace {

using Shapes = std::map<std::string, ConcreteShape>;

bool allowed(const Feature& feature, const ConcreteShape& shape) {
  const auto& several = feature.enumerated_shapes;
  if (!several.empty()) return std::find(several.begin(), several.end(), shape) != several.end();
  if (feature.shape_ranges.empty()) return feature.shape == shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    const Feature::Range& range = feature.shape_ranges[i];
    if (shape[i] < range.lower || (range.upper >= 0 && shape[i] > range.upper)) return false;
  }
  return true;
}

std::string choices(const Feature& feature) {
  if (!feature.enumerated_shapes.empty()) {
    std::vector<std::string> texts;
    for (const ConcreteShape& shape : feature.enumerated_shapes)
      texts.push_back(fmt::format("{}", fmt::join(shape, ",")));
    return any_of(texts);
  }
  if (feature.shape_ranges.empty()) return feature.shape ? fmt::format("{}", fmt::join(*feature.shape, ",")) : "";
  std::vector<std::string> texts;
  for (const Feature::Range& range : feature.shape_ranges)
    texts.push_back(range.lower == range.upper ? std::to_string(range.lower)
                    : range.upper < 0          ? fmt::format("{} or more", range.lower)
                                               : fmt::format("{} to {}", range.lower, range.upper));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

void fix(Feature& feature, const ConcreteShape& shape) {
  if (feature.kind != Feature::Kind::kArray) fail("--shape: the input {} is an image", feature.name);
  const size_t rank = feature.shape ? feature.shape->size() : feature.shape_ranges.size();
  if (shape.size() != rank || !allowed(feature, shape))
    fail("--shape: the input {} cannot be {}: expected {}", feature.name, fmt::join(shape, ","), choices(feature));
  feature.shape = shape;
  feature.shape_ranges.clear();
  feature.enumerated_shapes.clear();
}

class Specializer {
 public:
  Specializer(const Function& function, const Shapes& shapes, const OpTable& ops)
      : result_(function), shapes_(shapes), ops_(ops) {}

  Function run() {
    for (Output& input : result_.inputs) {
      if (const auto shape = shapes_.find(input.name); shape != shapes_.end() && input.type.is_tensor())
        input.type = Type::tensor(input.type.dtype, shape->second);
      types_.emplace(input.id, input.type);
    }
    for (Feature& feature : result_.input_features)
      if (const auto shape = shapes_.find(feature.name); shape != shapes_.end()) fix(feature, shape->second);
    for (OpPtr& op : result_.body.ops) op = again(*op);
    for (size_t i = 0; i < result_.body.outputs.size(); ++i) describe(types_.at(result_.body.outputs[i]), i);
    return std::move(result_);
  }

 private:
  OpPtr again(const Op& op) {
    if (!op.blocks.empty()) fail("--shape: function {} has loops or branches, whose shapes are kept", result_.name);
    auto made = std::make_shared<Op>(op);
    if (op.type != "const") infer(*made);
    for (const Output& output : made->outputs) types_.emplace(output.id, output.type);
    if (op.type == "const") {
      constants_[op.id()] = &made->argument("val")->operands.front().literal();
      return made;
    }
    return is_executed(op) ? constant_instead(made) : made;
  }

  void infer(Op& op) {
    const OpDefinition* definition = ops_.find(op.type);
    CHECK(definition);
    KnownValues values;
    const auto known = [&](const Operand& operand) { return values.of(source_.constant(operand)); };
    const std::vector<Type> types =
        definition->infer(anemone::bind(op, *definition, result_.opset, source_.type, known, source_.constant));
    CHECK(types.size() == op.outputs.size());
    for (size_t i = 0; i < types.size(); ++i) op.outputs[i].type = types[i];
  }

  // A const op for a single result that follows from shapes.
  OpPtr constant_instead(const std::shared_ptr<Op>& op) {
    const auto& outputs = result_.body.outputs;
    const bool is_output = std::find(outputs.begin(), outputs.end(), op->id()) != outputs.end();
    if (op->outputs.size() != 1 || is_output) return op;
    auto values = folded(*op, ops_, result_.opset, source_);
    if (!values) return op;
    auto constant = std::make_shared<Op>();
    constant->type = "const";
    constant->provenance = op->provenance;
    constant->outputs = op->outputs;
    constant->arguments = {Argument{"val", {Operand(std::move(values->front()))}}};
    constants_[op->id()] = &constant->arguments.front().operands.front().literal();
    return constant;
  }

  void describe(const Type& type, size_t index) {
    Feature& feature = result_.output_features.at(index);
    if (feature.kind == Feature::Kind::kArray && type.is_concrete() && feature.shape_ranges.empty() &&
        feature.enumerated_shapes.empty() && type.rank() > 0)
      feature.shape = type.concrete();
  }

  Function result_;
  const Shapes& shapes_;
  const OpTable& ops_;
  std::unordered_map<ValueId, Type> types_;
  std::unordered_map<ValueId, const Constant*> constants_;
  const OperandSource source_ = {
      [this](const Operand& o) -> const Type& { return o.is_value() ? types_.at(o.value()) : o.literal().type(); },
      [this](const Operand& o) -> const Constant* {
        if (!o.is_value()) return &o.literal();
        const auto found = constants_.find(o.value());
        return found == constants_.end() ? nullptr : found->second;
      }};
};

bool has_all(const Function& function, const Shapes& shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [&](const auto& entry) {
    return std::any_of(function.input_features.begin(), function.input_features.end(),
                       [&](const Feature& feature) { return feature.name == entry.first; });
  });
}

}  // namespace

Program specialized(const Program& program, const Shapes& shapes, const OpTable& ops) {
  Program result = program;
  bool found = false;
  for (auto& entry : result.functions) {
    if (!has_all(*entry.second, shapes)) continue;
    found = true;
    entry.second = std::make_shared<const Function>(Specializer(*entry.second, shapes, ops).run());
  }
  if (!found) {
    std::vector<std::string> names;
    for (const Feature& feature : program.main().input_features) names.push_back(feature.name);
    for (const auto& [name, shape] : shapes)
      if (std::find(names.begin(), names.end(), name) == names.end())
        fail("--shape: there is no input {}: expected {}", name, any_of(names));
    fail("--shape: no function has all of these inputs");
  }
  return result;
}

}  // namespace anemone
