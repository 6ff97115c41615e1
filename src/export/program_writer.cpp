// SPDX-License-Identifier: Apache-2.0
#include "export/program_writer.h"

#include <unordered_map>

#include "base/error.h"
#include "export/value_writer.h"
#include "import/program_reader.h"
#include "ir/states.h"

namespace anemone {
namespace {

namespace mil = proto::mil;

// Files do not store state versions: every version goes by the name of the state, and values of state type vanish
// from outputs of ops and blocks and from loop variables.
class FunctionWriter {
 public:
  FunctionWriter(const Function& function, const BlobStore& blobs) : function_(function), blobs_(blobs) {
    for (const auto& [id, name] : state_names(function)) values_[id] = {name, true};
  }

  mil::Function write() {
    mil::Function to;
    to.set_opset(fmt::format("CoreML{}", function_.opset));
    for (const Output& input : function_.inputs) {
      define(input);  // a state's own name
      write_named(input, *to.add_inputs());
    }
    write_block(function_.body, (*to.mutable_block_specializations())[to.opset()]);
    return to;
  }

 private:
  struct Value {
    std::string name;
    bool is_state = false;
  };

  void define(const Output& output) { values_[output.id] = {output.name, output.type.is_state()}; }

  const Value& value(ValueId id) const {
    const auto found = values_.find(id);
    CHECK(found != values_.end());
    return found->second;
  }

  static void write_named(const Output& output, mil::NamedValueType& to) {
    to.set_name(output.name);
    *to.mutable_type() = write_type(output.type);
  }

  void write_block(const Block& block, mil::Block& to) {
    for (const Output& input : block.inputs)
      if (!input.type.is_state()) {
        define(input);
        write_named(input, *to.add_inputs());
      }
    for (const OpPtr& op : block.ops) write_op(*op, *to.add_operations());
    for (const ValueId output : block.outputs)
      if (!value(output).is_state) to.add_outputs(value(output).name);
  }

  void write_op(const Op& op, mil::Operation& to) {
    to.set_type(op.type);
    (*to.mutable_attributes())["name"] = write_text(op.name);
    const bool as_attributes = op.type == "const" || (is_constexpr(op) && function_.opset < 8);
    for (const Argument& argument : op.arguments) {
      if (as_attributes)
        write_attribute(argument, to);
      else
        write_argument(op, argument, (*to.mutable_inputs())[argument.name]);
    }
    for (const Block& nested : op.blocks) write_block(nested, *to.add_blocks());
    for (const Output& output : op.outputs) {
      if (output.type.is_state()) continue;
      define(output);
      write_named(output, *to.add_outputs());
    }
  }

  void write_attribute(const Argument& argument, mil::Operation& to) {
    if (argument.operands.size() != 1 || argument.operands[0].is_value())
      fail("op {} ({}): {} must be a literal in CoreML{}",
           to.attributes().at("name").immediatevalue().tensor().strings().values(0), to.type(), argument.name,
           function_.opset);
    (*to.mutable_attributes())[argument.name] = write_value(argument.operands[0].literal(), function_.opset, blobs_);
  }

  void write_argument(const Op& op, const Argument& argument, mil::Argument& to) {
    for (const Operand& operand : argument.operands) {
      if (!operand.is_value()) {
        *to.add_arguments()->mutable_value() = write_value(operand.literal(), function_.opset, blobs_);
        continue;
      }
      const Value& bound = value(operand.value());
      if (bound.is_state && op.type == "while_loop") continue;
      to.add_arguments()->set_name(bound.name);
    }
  }

  const Function& function_;
  const BlobStore& blobs_;
  std::unordered_map<ValueId, Value> values_;
};

template <typename Description>
void write_features(const Function& function, Description& to) {
  for (const Feature& feature : function.input_features) *to.add_input() = write_feature(feature, false);
  for (const Feature& feature : function.output_features) *to.add_output() = write_feature(feature, false);
  for (const Feature& feature : function.state_features) *to.add_state() = write_feature(feature, true);
  to.set_predictedfeaturename(function.predicted_feature_name);
  to.set_predictedprobabilitiesname(function.predicted_probabilities_name);
}

// Unrecognized fields of function descriptions, by function.
std::map<std::string, proto::FunctionDescription> take_functions(proto::ModelDescription& description) {
  std::map<std::string, proto::FunctionDescription> functions;
  for (const auto& function : description.functions()) functions[function.name()] = function;
  description.clear_functions();
  return functions;
}

std::string provenance_text(const Program& program) {
  std::string text;
  for (const auto& [name, function] : program.functions)
    for_each_op(function->body, [&, &fn = name](const Op& op) {
      if (!op.provenance.empty()) text += fmt::format("{}\t{}\t{}\n", fn, op.name, op.provenance);
    });
  return text;
}

void write_metadata(const Program& program, proto::Metadata& to) {
  const Metadata& metadata = program.metadata;
  to.set_shortdescription(metadata.description);
  to.set_versionstring(metadata.version);
  to.set_author(metadata.author);
  to.set_license(metadata.license);
  to.MergeFromString(metadata.unrecognized);
  for (const auto& [key, value] : metadata.user_defined) (*to.mutable_userdefined())[key] = value;
  const std::string provenance = provenance_text(program);
  if (!provenance.empty()) (*to.mutable_userdefined())[kProvenanceKey] = provenance;
}

void write_build_info(const Program& program, mil::Program& to) {
  if (program.build_info.empty()) return;
  std::vector<Constant> members;
  for (const auto& [key, value] : program.build_info) {
    members.push_back(Constant::text(key));
    members.push_back(Constant::text(value));
  }
  const Type text = Type::scalar(DType::kString);
  const BlobStore none = [](const Constant&) -> uint64_t { return 0; };
  (*to.mutable_attributes())["buildInfo"] =
      write_value(Constant::aggregate(Type::dictionary(text, text), std::move(members)), kOldestOpset, none);
}

}  // namespace

proto::Model write_program(const Program& program, const BlobStore& blobs) {
  proto::Model model;
  model.MergeFromString(program.unrecognized);
  const auto kept = take_functions(*model.mutable_description());
  const int version = specification_version(program.opset());
  model.set_specificationversion(program.multifunction ? std::max(version, 9) : version);
  auto& description = *model.mutable_description();
  write_metadata(program, *description.mutable_metadata());
  mil::Program& message = *model.mutable_mlprogram();
  message.set_version(1);
  write_build_info(program, message);
  for (const auto& [name, function] : program.functions) {
    (*message.mutable_functions())[name] = FunctionWriter(*function, blobs).write();
    if (!program.multifunction) {
      write_features(*function, description);
      continue;
    }
    auto& described = *description.add_functions();
    if (const auto known = kept.find(name); known != kept.end()) described = known->second;
    described.set_name(name);
    write_features(*function, described);
  }
  if (program.multifunction) description.set_defaultfunctionname(program.default_function);
  return model;
}

}  // namespace anemone
