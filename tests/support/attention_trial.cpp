// SPDX-License-Identifier: Apache-2.0
#include "attention_trial.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "attention_graphs.h"
#include "base/error.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tune/ane_form/judge.h"
#include "tune/compare.h"
#include "tune/prove.h"

namespace anemone::test {
namespace {

std::map<std::string, RuntimeValue> results_of(const Program& program, const TensorMap& inputs) {
  Session session(std::make_shared<const Program>(program), {});
  TensorMap states;
  return session.run(inputs, states);
}

double deviation(const Tensor& values) {
  double sum = 0;
  double squares = 0;
  for (const float value : values.as<float>()) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / count - sum / count * (sum / count));
}

// The smallest standard deviation of scores in the program.
double spread_of_scores(AttentionChoices choices) {
  if (choices.product == Product::kFused) choices.product = Product::kFlags, choices.scaling = Scaling::kScores;
  const AttentionGraph graph = make_attention(choices);
  Session session(std::make_shared<const Program>(graph.program), {});
  const std::set<std::string> wanted(graph.scores.begin(), graph.scores.end());
  double least = std::numeric_limits<double>::infinity();
  size_t seen = 0;
  session.executable().set_trace([&](const Op&, const Output& output, const Tensor& value) {
    if (!wanted.count(output.name)) return;
    least = std::min(least, deviation(value));
    ++seen;
  });
  TensorMap states;
  session.run(graph.inputs, states);
  CHECK(seen == wanted.size());
  return least;
}

// The choices with one of their masks left out.
std::vector<AttentionChoices> without_a_mask(const AttentionChoices& choices) {
  std::vector<AttentionChoices> result;
  if (choices.causal != Causal::kNone) {
    result.push_back(choices);
    result.back().causal = Causal::kNone;
    if (choices.key_mask == KeyMask::kJoined) result.back().key_mask = KeyMask::kBoolSelected;
  }
  if (choices.key_mask != KeyMask::kNone) {
    result.push_back(choices);
    result.back().key_mask = KeyMask::kNone;
    if (choices.key_mask == KeyMask::kJoined) result.back().causal = Causal::kSelected;
  }
  return result;
}

std::string why_worthless(const AttentionChoices& choices, const AttentionGraph& graph) {
  if (const double spread = spread_of_scores(choices); spread < kSpread)
    return fmt::format("scores have a standard deviation of {:.2f}", spread);
  for (const AttentionChoices& other : without_a_mask(choices)) {
    const double left = psnr_between(make_attention(other).program, graph.program, graph.inputs);
    if (!(left < kDropped)) return fmt::format("without a mask {:.1f} dB are left", left);
  }
  return "";
}

}  // namespace

double psnr_between(const Program& a, const Program& b, const TensorMap& inputs) {
  const auto want = results_of(b, inputs);
  TensorMap known;
  for (const Output& input : a.main().inputs)
    if (inputs.count(input.name)) known[input.name] = inputs.at(input.name);
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& [name, value] : results_of(a, known)) {
    const Difference apart = difference(value.tensor, want.at(name).tensor);
    lowest = std::min(lowest, apart.same_shape && apart.finite ? apart.psnr() : -1);
  }
  return lowest;
}

AttentionTrial try_attention(unsigned seed, const PassSettings& settings) {
  const AttentionChoices choices = draw_attention(seed);
  AttentionTrial trial;
  trial.what = describe(choices);
  return with_context(trial.what, [&] {
    const AttentionGraph graph = make_attention(choices);
    verify(graph.program, op_table());
    trial.worthless = why_worthless(choices, graph);
    PassOptions options;
    options.settings = settings;
    const PassResult result = run_passes(graph.program, op_table(), options);
    for (const PassRun& run : result.log)
      if (run.applied > 0) trial.applied.insert(run.name);
    const Program& after = result.program;
    verify(after, op_table());
    trial.psnr = psnr_between(after, with_purposes(graph.program, {}), graph.inputs);
    const AneForm form = judge_ane_form(after);
    trial.recognised = form.holds();
    if (!form.holds()) trial.reason = form.reasons[0];
    return trial;
  });
}

}  // namespace anemone::test
