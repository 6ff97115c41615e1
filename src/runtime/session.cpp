// SPDX-License-Identifier: Apache-2.0
#include "runtime/session.h"

#include "base/error.h"
#include "import/package.h"
#include "ir/graph.h"
#include "ir/verify.h"
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

}  // namespace

Numerics numerics_from_name(const std::string& name) {
  if (name == "float32") return Numerics::kFloat32;
  if (name == "ieee-half") return Numerics::kIeeeHalf;
  if (name == "ane") fail("--numerics ane: arithmetic of the Neural Engine is not there yet");
  fail("--numerics {}: expected float32 or ieee-half", name);
}

Session Session::open(const std::filesystem::path& model, const RunOptions& options,
                      const std::filesystem::path& weights) {
  Program program = read_package(model, weights);
  return with_context(model.string(), [&] {
    VerifyOptions checks;
    checks.constants = false;  // decompressing them checks them
    verify(program, op_table(), checks);
    return Session(std::make_shared<const Program>(std::move(program)), options);
  });
}

Session::Session(std::shared_ptr<const Program> program, const RunOptions& options)
    : options_(options), executable_(std::move(program), options) {}

std::map<std::string, RuntimeValue> Session::run(const TensorMap& inputs, TensorMap& states, const std::string& name) {
  const Function& function = program().function(name.empty() ? program().default_function : name);
  for (auto& [state, value] : states) {
    const Type& type = state_input(function, state).type.elements.at(0);
    if (value.shape() != type.concrete())
      fail("state {} has shape {}, expected {}", state, to_string(value.shape()), type.str());
    value = converted(to_compute(value), compute_dtype(type.dtype));
  }
  auto results = executable_.run(function.name, adapt_inputs(function, inputs, options_.numerics), states);
  const auto types = output_types(function);
  for (auto& [output, value] : results) value.tensor = handed_out(value.tensor, types.at(output), options_.numerics);
  return results;
}

}  // namespace anemone
