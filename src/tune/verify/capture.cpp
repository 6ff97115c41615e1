// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/capture.h"

#include <algorithm>

#include "base/error.h"
#include "ir/graph.h"
#include "runtime/arrays.h"
#include "runtime/interface.h"

namespace anemone {
namespace {

bool has_numbers(const Type& type) { return type.is_tensor() && type.dtype != DType::kString; }

}  // namespace

std::vector<const Op*> captured_ops(const Function& function) {
  std::vector<const Op*> ops;
  for (const OpPtr& op : function.body.ops)
    if (is_executed(*op)) ops.push_back(op.get());
  return ops;
}

Values capture(const Program& program, const std::string& function, const std::vector<TensorMap>& calls,
               const RunOptions& options, const std::set<ValueId>& only) {
  const Function& original = program.function(function);
  auto exposed = std::make_shared<Function>(original);
  std::vector<Output> wanted;
  for (const Op* op : captured_ops(original))
    for (const Output& output : op->outputs)
      if (has_numbers(output.type) && (only.empty() || only.count(output.id))) wanted.push_back(output);
  for (const Output& output : wanted) {
    auto& outputs = exposed->body.outputs;
    if (std::find(outputs.begin(), outputs.end(), output.id) == outputs.end()) outputs.push_back(output.id);
  }
  auto changed = std::make_shared<Program>(program);
  changed->functions[function] = exposed;

  TensorMap states;
  Executable before(std::make_shared<const Program>(program), options);
  for (size_t i = 0; i + 1 < calls.size(); ++i)
    before.run(function, adapt_inputs(original, calls[i], options.numerics), states);
  const TensorMap inputs = adapt_inputs(original, calls.back(), options.numerics);
  const auto results = Executable(changed, options).run(function, inputs, states);

  Values values;
  for (const Output& output : wanted)
    if (const auto found = results.find(output.name); found->second.kind == RuntimeValue::Kind::kTensor)
      values[output.id] = found->second.tensor;
  for (const Output& input : original.inputs)
    if (const auto found = inputs.find(input.name); found != inputs.end()) values[input.id] = copy_of(found->second);
  return values;
}

}  // namespace anemone
