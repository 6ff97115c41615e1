// SPDX-License-Identifier: Apache-2.0
#include "import/program_reader.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

namespace mil = proto::mil;

constexpr int kMaxNesting = 32;

// Reads one function. Names are looked up in the scope of the block at hand and of those around it.
class FunctionReader {
 public:
  FunctionReader(const BlobLookup& blobs, const std::map<std::string, std::string>& provenance)
      : blobs_(blobs), provenance_(provenance) {}

  Function read(const std::string& name, const mil::Function& message) {
    function_.name = name;
    function_.opset = read_opset(message.opset());
    if (message.attributes_size()) fail("function attributes are not supported");
    const auto block = message.block_specializations().find(message.opset());
    if (block == message.block_specializations().end()) fail("there is no block for opset {}", message.opset());
    Scope scope;
    for (const auto& input : message.inputs()) function_.inputs.push_back(define(input, scope));
    if (block->second.inputs_size()) fail("the outermost block has inputs");
    function_.body = read_block(block->second, scope, 0);
    return std::move(function_);
  }

 private:
  using Scope = std::unordered_map<std::string, ValueId>;

  static int read_opset(const std::string& text) {
    const std::string prefix = "CoreML";
    const auto number = text.rfind(prefix, 0) == 0 ? parse_int(text.substr(prefix.size())) : std::nullopt;
    if (!number || *number < kOldestOpset || *number > kNewestOpset)
      fail("opset {} is not supported (CoreML{} to CoreML{})", text, kOldestOpset, kNewestOpset);
    return static_cast<int>(*number);
  }

  Output define(const mil::NamedValueType& named, Scope& scope) {
    if (named.name().empty()) fail("a value has no name");
    const Type type = with_context("value " + named.name(), [&] { return read_type(named.type()); });
    return define(named.name(), type, scope);
  }

  Output define(const std::string& name, const Type& type, Scope& scope) {
    const ValueId id = function_.next_value++;
    if (!scope.emplace(name, id).second) fail("the name {} is defined twice", name);
    names_.insert(name);
    types_[id] = type;
    return {id, name, type};
  }

  ValueId look_up(const std::string& name, const Scope& scope) const {
    const auto found = scope.find(name);
    if (found == scope.end()) fail("value {} is used before anything defines it", name);
    return found->second;
  }

  Block read_block(const mil::Block& message, Scope& scope, int depth) {
    if (depth > kMaxNesting) fail("blocks are nested deeper than {}", kMaxNesting);
    if (message.attributes_size()) fail("block attributes are not supported");
    Block block;
    for (const auto& operation : message.operations()) block.ops.push_back(read_op(operation, scope, depth));
    for (const auto& output : message.outputs()) block.outputs.push_back(look_up(output, scope));
    return block;
  }

  OpPtr read_op(const mil::Operation& message, Scope& scope, int depth) {
    auto op = std::make_shared<Op>();
    op->type = message.type();
    const auto name = message.attributes().find("name");
    if (name != message.attributes().end())
      op->name = read_name(name->second);
    else if (message.outputs_size())
      op->name = message.outputs(0).name();
    return with_context(fmt::format("op {} ({})", op->name, op->type), [&]() -> OpPtr {
      if (op->type.empty()) fail("has no type");
      read_arguments(message, scope, *op);
      read_nested(message, scope, depth, *op);
      for (const auto& output : message.outputs()) op->outputs.push_back(define(output, scope));
      if (op->type == "write_state") advance(*op, scope);
      add_state_outputs(scope, *op);
      if (op->outputs.empty()) fail("has no outputs");
      if (const auto from = provenance_.find(op->name); from != provenance_.end()) op->provenance = from->second;
      return op;
    });
  }

  static std::string read_name(const mil::Value& value) {
    const auto& strings = value.immediatevalue().tensor().strings().values();
    if (strings.size() != 1) fail("the name of an op is not a string");
    return strings[0];
  }

  void read_arguments(const mil::Operation& message, const Scope& scope, Op& op) {
    std::map<std::string, Argument> arguments;
    for (const auto& [name, argument] : message.inputs()) {
      Argument& bound = arguments[name];
      bound.name = name;
      for (const auto& binding : argument.arguments()) {
        if (binding.has_name())
          bound.operands.emplace_back(look_up(binding.name(), scope));
        else if (binding.has_value())
          bound.operands.emplace_back(read(name, binding.value()));
        else
          fail("argument {} is bound to nothing", name);
      }
    }
    for (const auto& [name, value] : message.attributes()) {
      if (name == "name") continue;
      if (op.type != "const" && !is_constexpr(op)) fail("attribute {} is not supported", name);
      if (arguments.count(name)) fail("{} is both an argument and an attribute", name);
      arguments[name] = {name, {Operand(read(name, value))}};
    }
    for (auto& entry : arguments) op.arguments.push_back(std::move(entry.second));
  }

  Constant read(const std::string& name, const mil::Value& value) const {
    return with_context(name, [&] { return read_value(value, blobs_); });
  }

  // Nested blocks. Where one of them writes a state, the state's version becomes a loop variable (while_loop) or a
  // result of both blocks (cond), so that its order stays data flow.
  void read_nested(const mil::Operation& message, const Scope& scope, int depth, Op& op) {
    std::set<std::string> written;
    for (const auto& block : message.blocks()) collect_written(block, written, depth);
    const bool loop = op.type == "while_loop";
    if (loop && !written.empty()) {
      const auto vars = std::find_if(op.arguments.begin(), op.arguments.end(),
                                     [](const Argument& argument) { return argument.name == "loop_vars"; });
      if (vars == op.arguments.end()) fail("has no loop_vars");
      for (const std::string& state : written) vars->operands.emplace_back(look_up(state, scope));
    }
    for (const auto& nested : message.blocks()) {
      Scope inner = scope;
      std::vector<Output> inputs;
      for (const auto& input : nested.inputs()) inputs.push_back(define(input, inner));
      if (loop)
        for (const std::string& state : written) inputs.push_back(new_version(state, inner));
      Block block = read_block(nested, inner, depth + 1);
      block.inputs = std::move(inputs);
      const bool is_condition = loop && op.blocks.empty();
      if (!is_condition)
        for (const std::string& state : written) block.outputs.push_back(look_up(state, inner));
      op.blocks.push_back(std::move(block));
    }
    pending_states_.assign(written.begin(), written.end());
  }

  static void collect_written(const mil::Block& block, std::set<std::string>& written, int depth) {
    if (depth > kMaxNesting) fail("blocks are nested deeper than {}", kMaxNesting);
    for (const auto& operation : block.operations()) {
      const auto input = operation.inputs().find("input");
      if (operation.type() == "write_state" && input != operation.inputs().end() && input->second.arguments_size())
        written.insert(input->second.arguments(0).name());
      for (const auto& nested : operation.blocks()) collect_written(nested, written, depth + 1);
    }
  }

  void add_state_outputs(Scope& scope, Op& op) {
    for (const std::string& state : pending_states_) op.outputs.push_back(new_version(state, scope));
    pending_states_.clear();
  }

  // A write gives the next version of its state.
  void advance(Op& op, Scope& scope) {
    const Argument* input = op.argument("input");
    if (!op.outputs.empty() || !input || input->operands.size() != 1 || !input->operands[0].is_value())
      fail("must have one state input and no outputs");
    for (const auto& [name, id] : scope)
      if (id == input->operands[0].value()) {
        const std::string state = name;
        op.outputs.push_back(new_version(state, scope));
        return;
      }
  }

  Output new_version(const std::string& state, Scope& scope) {
    const Type type = types_.at(look_up(state, scope));
    std::string name;
    do name = fmt::format("{}_v{}", state, ++versions_[state]);
    while (!names_.insert(name).second);
    const ValueId id = function_.next_value++;
    types_[id] = type;
    scope[state] = id;
    return {id, name, type};
  }

  const BlobLookup& blobs_;
  const std::map<std::string, std::string>& provenance_;
  Function function_;
  std::unordered_map<ValueId, Type> types_;
  std::set<std::string> names_;
  std::map<std::string, int> versions_;
  std::vector<std::string> pending_states_;
};

template <typename Description>
void read_features(const Description& description, Function& function) {
  for (const auto& input : description.input())
    (input.type().has_statetype() ? function.state_features : function.input_features).push_back(read_feature(input));
  for (const auto& output : description.output()) function.output_features.push_back(read_feature(output));
  for (const auto& state : description.state()) function.state_features.push_back(read_feature(state));
  function.predicted_feature_name = description.predictedfeaturename();
  function.predicted_probabilities_name = description.predictedprobabilitiesname();
}

// What is left when every field that we model is cleared.
std::string unrecognized(proto::Metadata metadata) {
  metadata.clear_shortdescription();
  metadata.clear_versionstring();
  metadata.clear_author();
  metadata.clear_license();
  metadata.clear_userdefined();
  return metadata.SerializeAsString();
}

// The fields of a function's description that the lists of features do not tell, with its name; nothing when there are
// none.
std::string unrecognized(const proto::FunctionDescription& description) {
  proto::FunctionDescription rest = description;
  rest.clear_name();
  rest.clear_input();
  rest.clear_output();
  rest.clear_state();
  rest.clear_predictedfeaturename();
  rest.clear_predictedprobabilitiesname();
  if (rest.ByteSizeLong() == 0) return "";
  rest.set_name(description.name());
  return rest.SerializeAsString();
}

std::string unrecognized(proto::Model model) {
  model.clear_mlprogram();
  model.clear_specificationversion();
  auto& description = *model.mutable_description();
  proto::ModelDescription functions;
  for (const auto& function : description.functions())
    if (const std::string rest = unrecognized(function); !rest.empty())
      functions.add_functions()->ParseFromString(rest);
  description.clear_input();
  description.clear_output();
  description.clear_state();
  description.clear_predictedfeaturename();
  description.clear_predictedprobabilitiesname();
  description.clear_functions();
  description.clear_defaultfunctionname();
  description.clear_metadata();
  description.MergeFrom(functions);
  if (description.ByteSizeLong() == 0) model.clear_description();
  return model.SerializeAsString();
}

void read_metadata(const proto::Metadata& message, Metadata& metadata) {
  metadata.description = message.shortdescription();
  metadata.version = message.versionstring();
  metadata.author = message.author();
  metadata.license = message.license();
  metadata.user_defined = {message.userdefined().begin(), message.userdefined().end()};
  metadata.unrecognized = unrecognized(message);
}

// function name -> op name -> provenance
std::map<std::string, std::map<std::string, std::string>> take_provenance(Metadata& metadata) {
  std::map<std::string, std::map<std::string, std::string>> provenance;
  const auto entry = metadata.user_defined.find(kProvenanceKey);
  if (entry == metadata.user_defined.end()) return provenance;
  for (const std::string& line : split(entry->second, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() == 3) provenance[fields[0]][fields[1]] = fields[2];
  }
  metadata.user_defined.erase(entry);
  return provenance;
}

void read_build_info(const mil::Program& message, Program& program, const BlobLookup& blobs) {
  for (const auto& [name, value] : message.attributes()) {
    if (name != "buildInfo") fail("program attribute {} is not supported", name);
    const Constant info = read_value(value, blobs);
    const auto& members = info.members();
    for (size_t i = 0; i + 1 < members.size(); i += 2)
      program.build_info[members[i].strings().at(0)] = members[i + 1].strings().at(0);
  }
}

void check_functions(const proto::Model& model, const Program& program) {
  const auto& description = model.description();
  if (!program.multifunction) {
    if (program.functions.count("main") == 0) fail("there is no function main");
    return;
  }
  if (model.specificationversion() < 9) fail("several described functions need specification version 9");
  if (program.functions.count(description.defaultfunctionname()) == 0)
    fail("the default function {} does not exist", description.defaultfunctionname());
}

}  // namespace

void read_description(const proto::ModelDescription& description, Function& function) {
  read_features(description, function);
}

Program read_program(const proto::Model& model, const BlobLookup& blobs) {
  if (!model.has_mlprogram()) fail("the model is not an ML Program");
  const mil::Program& message = model.mlprogram();
  if (message.version() != 1) fail("program version {} is not supported", message.version());
  Program program;
  const auto& description = model.description();
  read_metadata(description.metadata(), program.metadata);
  const auto provenance = take_provenance(program.metadata);
  program.unrecognized = unrecognized(model);
  program.multifunction = description.functions_size() > 0;
  program.default_function = program.multifunction ? description.defaultfunctionname() : "main";
  read_build_info(message, program, blobs);
  std::map<std::string, const proto::FunctionDescription*> described;
  for (const auto& function : description.functions()) described[function.name()] = &function;
  for (const auto& [name, function_message] : message.functions()) {
    static const std::map<std::string, std::string> kNone;
    const auto known = provenance.find(name);
    Function function = with_context("function " + name, [&, &fn = function_message, &nm = name] {
      return FunctionReader(blobs, known == provenance.end() ? kNone : known->second).read(nm, fn);
    });
    if (model.specificationversion() < specification_version(function.opset))
      fail("specification version {} is below opset CoreML{}, which needs {}", model.specificationversion(),
           function.opset, specification_version(function.opset));
    if (!program.multifunction)
      read_features(description, function);
    else if (described.count(name))
      read_features(*described[name], function);
    else
      fail("function {} is not described", name);
    program.functions[name] = std::make_shared<const Function>(std::move(function));
  }
  check_functions(model, program);
  return program;
}

}  // namespace anemone
