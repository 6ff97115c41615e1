// SPDX-License-Identifier: Apache-2.0
#include "tune/rewrite.h"

#include "base/error.h"
#include "base/json.h"
#include "ops/ops.h"
#include "tune/summary.h"

namespace anemone {

Rewrite rewrite(const Program& before, const RewriteOptions& options) {
  std::vector<std::pair<std::string, Program>> history;
  PassOptions passes = options.passes;
  passes.after_pass = [&](const std::string& pass, const Program& program) {
    if (options.passes.after_pass) options.passes.after_pass(pass, program);
    if (options.check) history.emplace_back(pass, program);
  };
  PassResult run = run_passes(before, op_table(), passes);
  Rewrite result;
  result.program = std::move(run.program);
  result.passes = std::move(run.log);
  result.ops_before = executed_ops(before);
  result.ops_after = executed_ops(result.program);
  result.form = judge_ane_form(result.program, "", passes.settings.widest);
  if (!options.check) return result;
  RunOptions running;
  running.threads = options.threads;
  result.proof = prove(before, result.program, history, passes, running);
  return result;
}

PassSettings settings_for(const Target& target) {
  PassSettings settings;
  settings.widest = target.limits().extent;
  settings.kernel_width = target.limits().kernel_width;
  return settings;
}

Json rewrite_json(const Rewrite& rewrite) {
  Json document = {{"ops_before", rewrite.ops_before},
                   {"ops_after", rewrite.ops_after},
                   {"passes", Json::array()},
                   {"outputs", Json::array()},
                   {"passed", nullptr},
                   {"ane_form", ane_form_json(rewrite.form)}};
  for (const PassRun& run : rewrite.passes)
    document["passes"].push_back({{"name", run.name}, {"applied", run.applied}, {"ms", run.ms}});
  if (!rewrite.proof) return document;
  for (const auto& [name, psnr] : rewrite.proof->psnr) {
    Json output = {{"name", name}, {"psnr", psnr}};
    const auto changed = rewrite.proof->with_purposes.find(name);
    if (changed != rewrite.proof->with_purposes.end()) output["psnr_with_purposes"] = changed->second;
    document["outputs"].push_back(std::move(output));
  }
  document["passed"] = rewrite.passed();
  if (rewrite.passed()) return document;
  document["blamed_pass"] = rewrite.proof->culprit;
  document["first_bad_op"] = bisection_json(rewrite.proof->bisection);
  return document;
}

std::string complaint(const Rewrite& rewrite) {
  const auto& bad = rewrite.proof->bisection.first_bad_op;
  const std::string at = bad ? fmt::format(", at op {} ({})", bad->name, bad->reason) : "";
  return fmt::format("{:.1f} dB are kept, expected {}: pass {} is to blame{}; nothing is written",
                     rewrite.proof->lowest, kProofFloor, rewrite.proof->culprit, at);
}

std::string proof_text(const Proof& proof) {
  std::string text;
  for (const auto& [name, psnr] : proof.psnr) {
    text += fmt::format("{}{}: {:.1f} dB", text.empty() ? "" : "\n", name, psnr);
    const auto changed = proof.with_purposes.find(name);
    if (changed != proof.with_purposes.end())
      text += fmt::format("; {:.1f} dB with what passes change on purpose", changed->second);
  }
  return text;
}

}  // namespace anemone
