// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/repair.h"

#include <algorithm>

#include "base/error.h"
#include "ir/graph.h"
#include "runtime/interface.h"

namespace anemone {
namespace {

// The function with an input in place of an op.
Function without(const Function& function, const Op& op) {
  Function changed = function;
  auto& ops = changed.body.ops;
  ops.erase(std::remove_if(ops.begin(), ops.end(), [&](const OpPtr& each) { return each->id() == op.id(); }),
            ops.end());
  changed.inputs.push_back(op.outputs.at(0));
  return changed;
}

}  // namespace

Repair::Repair(const RepeatableRun& run, int64_t elements, const Side& want,
               std::vector<std::pair<ValueId, ValueId>> wrong, double tolerance)
    : run_(run), want_(want), wrong_(std::move(wrong)), tolerance_(tolerance) {
  constexpr int64_t kMostElements = 2'000'000'000;
  runs_left_ = std::clamp<int64_t>(kMostElements / std::max<int64_t>(1, elements), 50, 4000);
  const Function& function = run_.program.function(run_.function);
  Executable before(std::make_shared<const Program>(run_.program), run_.options);
  for (size_t i = 0; i + 1 < run_.calls.size(); ++i)
    before.run(run_.function, adapt_inputs(function, run_.calls[i], run_.options.numerics), states_);
  inputs_ = adapt_inputs(function, run_.calls.back(), run_.options.numerics);
}

void Repair::prepare(const Op& op) {
  if (prepared_ == op.id()) return;
  auto function = std::make_shared<Function>(without(run_.program.function(run_.function), op));
  auto& outputs = function->body.outputs;
  for (const auto& pair : wrong_)
    if (std::find(outputs.begin(), outputs.end(), pair.first) == outputs.end()) outputs.push_back(pair.first);
  auto program = std::make_shared<Program>(run_.program);
  program->functions[run_.function] = function;
  executable_ = std::make_unique<Executable>(program, run_.options);
  prepared_ = op.id();
}

bool Repair::mends(const Op& op, const Tensor& value) {
  if (op.outputs.size() != 1 || runs_left_-- <= 0) return false;
  TensorMap inputs = inputs_;
  inputs[op.outputs[0].name] = converted(value, compute_dtype(op.outputs[0].type.dtype));
  TensorMap states = states_;
  try {
    prepare(op);
    const auto results = executable_->run(run_.function, inputs, states);
    const Graph graph(run_.program.function(run_.function));
    return std::all_of(wrong_.begin(), wrong_.end(), [&](const auto& pair) {
      const Tensor got = converted(results.at(graph.name(pair.first)).tensor, DType::kFloat32);
      const Tensor& right = *want_.value(pair.second);
      return got.size() == right.size() && relative_error(got, right, want_.scale(pair.second)) <= tolerance_;
    });
  } catch (const Error&) {
    return false;  // shapes or values that the ops behind do not take
  }
}

}  // namespace anemone
