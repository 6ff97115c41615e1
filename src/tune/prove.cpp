// SPDX-License-Identifier: Apache-2.0
#include "tune/prove.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "base/error.h"
#include "ir/graph.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tune/compare.h"
#include "tune/verify/capture.h"
#include "tune/verify/in_parts.h"

namespace anemone {
namespace {

Session session_of(const Program& program, const RunOptions& run) {
  return {std::make_shared<const Program>(program), run};
}

Bisection first_bad_op(const Program& made, const Program& given, const RunOptions& run) {
  SampleOptions random;
  random.boundary = false;
  const auto samples = make_samples(given.main(), input_meanings(given.main()), random);
  Session session = session_of(made, run);
  const Parity parity = compare_models(session, session_of(given, run), samples, {});
  BisectRequest request;
  request.run = request.reference_run = run;
  request.floor = kProofFloor;
  return bisect_samples(made, given, samples, parity, request);
}

}  // namespace

ProofReference::ProofReference(const Program& program, const RunOptions& run) : run_(run) {
  samples_ = make_samples(program.main(), input_meanings(program.main()), {});
  want_ = run_in_parts(program, samples_, run);
}

std::map<std::string, double> ProofReference::psnr(const Program& program) const {
  const auto got = run_in_parts(program, samples_, run_);
  std::map<std::string, double> result;
  for (const OutputParity& output : compare_results(samples_, got, want_, {}).outputs)
    result[output.name] = output.passes(kProofFloor) ? std::max(output.psnr, kProofFloor)
                                                     : std::min(output.psnr, std::nextafter(kProofFloor, 0.0));
  return result;
}

double lowest(const std::map<std::string, double>& psnr) {
  double value = std::numeric_limits<double>::infinity();
  for (const auto& entry : psnr) value = std::min(value, entry.second);
  return value;
}

Program with_purposes(const Program& before, const PassOptions& options) {
  PassOptions only;
  for (const Pass* pass : pass_table().in_order())
    if (pass->changes_numbers && !options.disabled.count(pass->name) &&
        (options.only.empty() || options.only.count(pass->name)))
      only.only.insert(pass->name);
  return only.only.empty() ? before : run_passes(before, op_table(), only).program;
}

Proof prove(const Program& before, const Program& after, const std::vector<std::pair<std::string, Program>>& history,
            const PassOptions& passes, const RunOptions& run) {
  const Program reference = with_purposes(before, passes);
  const ProofReference judge(reference, run);
  Proof proof;
  proof.psnr = judge.psnr(after);
  proof.lowest = lowest(proof.psnr);
  if (difference(before, reference)) proof.with_purposes = ProofReference(before, run).psnr(after);
  if (proof.passed(kProofFloor)) return proof;
  const Program* given = &before;
  for (const auto& [pass, program] : history) {
    proof.culprit = pass;
    if (lowest(judge.psnr(program)) < kProofFloor && !pass_table().find(pass)->changes_numbers) {
      proof.bisection = first_bad_op(program, *given, run);
      break;
    }
    given = &program;
  }
  return proof;
}

std::map<std::string, double> prove_edges(const Program& inside, const Program& after, const TensorMap& besides,
                                          const std::map<std::string, ValueId>& natives, const RunOptions& run) {
  SampleOptions options;
  options.random = 1;
  options.boundary = false;
  options.calls = 1;
  const Function& function = inside.main();
  const auto sample = make_samples(function, input_meanings(function), options).at(0);
  std::set<ValueId> wanted(function.body.outputs.begin(), function.body.outputs.end());
  for (const auto& [name, value] : natives) wanted.insert(value);
  const Values values = capture(inside, inside.default_function, sample.calls, run, wanted);
  const auto at_edge = [&](const std::string& name, ValueId usual) {
    const auto native = natives.find(name);
    const Tensor* value = values.find(native == natives.end() ? usual : native->second);
    if (!value) fail("{}: its value inside cannot be told", name);
    return *value;
  };
  TensorMap inputs = besides;
  for (const Output& input : after.main().inputs)
    if (!input.type.is_state() && !inputs.count(input.name)) inputs[input.name] = at_edge(input.name, input.id);
  TensorMap states;
  const auto results = session_of(after, run).run(inputs, states);
  std::map<std::string, double> psnr;
  const Graph graph(function);
  for (const ValueId output : function.body.outputs) {
    const std::string& name = graph.name(output);
    const Difference apart = difference(results.at(name).tensor, at_edge(name, output));
    psnr[name] = apart.same_shape && apart.finite ? apart.psnr() : 0;
  }
  return psnr;
}

}  // namespace anemone
