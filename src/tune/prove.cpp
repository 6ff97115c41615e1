// SPDX-License-Identifier: Apache-2.0
#include "tune/prove.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "ops/ops.h"
#include "tune/verify/parity.h"

namespace anemone {
namespace {

Session session_of(const Program& program, const RunOptions& run) {
  return {std::make_shared<const Program>(program), run};
}

class Judge {
 public:
  Judge(const Program& reference, const RunOptions& run) : run_(run) {
    samples_ = make_samples(reference.main(), input_meanings(reference.main()), {});
    Session session = session_of(reference, run);
    want_ = run_samples(session, samples_, "", true);
  }

  std::map<std::string, double> psnr(const Program& program) {
    Session session = session_of(program, run_);
    const auto got = run_samples(session, samples_, "", true);
    std::map<std::string, double> result;
    for (const OutputParity& output : compare_results(samples_, got, want_, {}).outputs)
      result[output.name] = output.passes(kProofFloor) ? std::max(output.psnr, kProofFloor)
                                                       : std::min(output.psnr, std::nextafter(kProofFloor, 0.0));
    return result;
  }

 private:
  RunOptions run_;
  std::vector<InputSample> samples_;
  std::vector<SampleResult> want_;
};

double lowest(const std::map<std::string, double>& psnr) {
  double value = std::numeric_limits<double>::infinity();
  for (const auto& entry : psnr) value = std::min(value, entry.second);
  return value;
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
  Judge judge(reference, run);
  Proof proof;
  proof.psnr = judge.psnr(after);
  proof.lowest = lowest(proof.psnr);
  if (difference(before, reference)) proof.with_purposes = Judge(before, run).psnr(after);
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

}  // namespace anemone
