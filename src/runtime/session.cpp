// SPDX-License-Identifier: Apache-2.0
#include "runtime/session.h"

#include <map>
#include <set>

#include "base/error.h"
#include "import/package.h"
#include "ir/graph.h"
#include "ir/verify.h"
#include "kernels/ane/family.h"
#include "kernels/gemm/precision.h"
#include "ops/ops.h"
#include "runtime/interface.h"

namespace anemone {
namespace {

// The declared types of a function's outputs, by name.
std::map<std::string, Type> output_types(const Function& function) {
  std::map<std::string, Type> types;
  const Graph graph(function);
  for (const ValueId id : function.body.outputs) types[graph.name(id)] = graph.type(id);
  return types;
}

const Output& state_input(const Function& function, const std::string& name) {
  for (const Output& input : function.inputs)
    if (input.type.is_state() && input.name == name) return input;
  fail("there is no state {}", name);
}

void check(const Program& program) {
  VerifyOptions checks;
  checks.constants = false;  // decompressing them checks them
  verify(program, op_table(), checks);
}

// What a pipeline looks like from outside: its features; its inputs as the first stage that takes them has them; the
// states of all stages.
std::shared_ptr<const Program> described(const Pipeline& pipeline) {
  Function function = *pipeline.description;
  function.name = "main";
  std::set<std::string> taken;
  for (const Feature& input : function.input_features) taken.insert(input.name);
  for (const Pipeline::Stage& stage : pipeline.stages)
    for (const Output& input : stage.program.main().inputs) {
      const bool is_state = input.type.is_state();
      if (!is_state && !taken.erase(input.name)) continue;
      for (const Output& other : function.inputs)
        if (other.name == input.name) fail("two stages have a state {}", input.name);
      function.inputs.push_back({function.next_value++, input.name, input.type});
    }
  if (!taken.empty()) fail("no stage takes the input {}", *taken.begin());
  auto program = std::make_shared<Program>();
  program->functions["main"] = std::make_shared<const Function>(std::move(function));
  return program;
}

// The entries that are states, or other inputs, of a function.
TensorMap chosen(const TensorMap& values, const Function& function, bool states) {
  TensorMap result;
  for (const Output& input : function.inputs)
    if (const auto found = values.find(input.name); input.type.is_state() == states && found != values.end())
      result.insert(*found);
  return result;
}

std::map<std::string, RuntimeValue> run_function(Executable& executable, const Function& function,
                                                 const TensorMap& inputs, TensorMap& states, Numerics numerics) {
  for (auto& [state, value] : states) {
    const Type& type = state_input(function, state).type.elements.at(0);
    if (value.shape() != type.concrete())
      fail("state {} has shape {}, expected {}", state, to_string(value.shape()), type.str());
    value = converted(to_compute(value), compute_dtype(type.dtype));
  }
  auto results = executable.run(function.name, adapt_inputs(function, inputs, numerics), states);
  const auto types = output_types(function);
  for (auto& [output, value] : results)
    if (value.kind == RuntimeValue::Kind::kTensor) value.tensor = handed_out(value.tensor, types.at(output), numerics);
  return results;
}

}  // namespace

Numerics numerics_from_name(const std::string& name) {
  if (name == "float32") return Numerics::kFloat32;
  if (name == "ieee-half") return Numerics::kIeeeHalf;
  if (name == "ane") return Numerics::kAne;
  fail("--numerics {}: expected float32, ieee-half or ane", name);
}

void set_numerics(RunOptions& options, const std::string& numerics, const std::string& chip) {
  static const std::map<std::string, kernels::Precision> kFast = {{"fast", kernels::Precision::kBfloat16},
                                                                  {"fast-int8", kernels::Precision::kInt8}};
  const auto fast = kFast.find(numerics);
  options.numerics = fast == kFast.end() ? numerics_from_name(numerics) : Numerics::kFloat32;
  options.products = fast == kFast.end() ? kernels::Precision::kFloat32 : fast->second;
  if (chip.empty()) return;
  options.family = kernels::ane::family_of(chip);
  if (!options.family) fail("--target {}: unknown chip: expected one like a14, m1 or m4-pro", chip);
  if (!options.family->runs_programs)
    fail("--target {}: its Neural Engine runs no ML Programs: expected a14 or later, m1 or later", chip);
}

Session Session::open(const std::filesystem::path& model, const RunOptions& options,
                      const std::filesystem::path& weights) {
  Pipeline pipeline = read_pipeline(model, weights);
  return with_context(model.string(), [&] {
    for (const Pipeline::Stage& stage : pipeline.stages) {
      if (!pipeline.description)
        check(stage.program);
      else
        with_context("stage " + stage.name, [&] { check(stage.program); });
    }
    if (!pipeline.description)
      return Session(std::make_shared<const Program>(std::move(pipeline.stages[0].program)), options);
    Session session(described(pipeline), options);
    session.stages_.clear();
    for (Pipeline::Stage& stage : pipeline.stages) {
      session.stages_.emplace_back(std::make_shared<const Program>(std::move(stage.program)), options);
      session.stage_names_.push_back(stage.name);
    }
    return session;
  });
}

Session::Session(std::shared_ptr<const Program> program, const RunOptions& options)
    : options_(options), program_(std::move(program)) {
  stages_.emplace_back(program_, options);
}

Executable& Session::executable() {
  if (!stage_names_.empty()) fail("this needs one program, and the model is a pipeline");
  return stages_[0];
}

std::map<std::string, RuntimeValue> Session::run(const TensorMap& inputs, TensorMap& states, const std::string& name) {
  if (stage_names_.empty())
    return run_function(stages_[0], program().function(name.empty() ? program().default_function : name), inputs,
                        states, options_.numerics);
  if (!name.empty()) fail("function {}: a pipeline has no functions", name);
  return run_stages(inputs, states);
}

std::map<std::string, RuntimeValue> Session::run_stages(const TensorMap& inputs, TensorMap& states) {
  const Function& interface = program().main();
  check_names(interface, inputs);
  for (const auto& state : states) state_input(interface, state.first);
  TensorMap values = inputs;
  std::map<std::string, RuntimeValue> results;
  for (size_t i = 0; i < stages_.size(); ++i) {
    const Function& function = stages_[i].program().main();
    TensorMap stage_states = chosen(states, function, true);
    auto outputs = with_context("stage " + stage_names_[i], [&] {
      return run_function(stages_[i], function, chosen(values, function, false), stage_states, options_.numerics);
    });
    for (auto& [name, value] : stage_states) states[name] = value;
    for (auto& [name, value] : outputs) {
      if (value.kind == RuntimeValue::Kind::kTensor) values[name] = value.tensor;
      results[name] = std::move(value);
    }
  }
  std::map<std::string, RuntimeValue> chosen_results;
  for (const Feature& output : interface.output_features) chosen_results[output.name] = results.at(output.name);
  return chosen_results;
}

}  // namespace anemone
