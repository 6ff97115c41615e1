// SPDX-License-Identifier: Apache-2.0
#include "tune/rewrite.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "ir/graph.h"
#include "ops/ops.h"
#include "passes/host_embeddings.h"
#include "passes/native_io.h"
#include "tune/summary.h"

namespace anemone {
namespace {

// Inputs and outputs that callers asked for, proved against the program with those that it had.
void change_edges(Rewrite& result, const RewriteOptions& options, const RunOptions& run) {
  const bool masked = options.mask != MaskSource::kConstant;
  if (!masked && !options.native_io && !options.host_embeddings) return;
  const Program inside = std::move(result.program);
  result.program = with_mask_from(inside, options.mask);
  std::map<std::string, ValueId> natives;  // values inside that are at the edges now
  if (options.host_embeddings) {
    HostEmbeddings parts = with_host_embeddings(result.program);
    for (const ValueId row : parts.tables.main().body.outputs) natives[Graph(parts.tables.main()).name(row)] = row;
    result.embeddings = std::move(parts.tables);
    result.program = std::move(parts.model);
  }
  TensorMap besides;
  if (masked) besides.insert(mask_input(inside, options.mask));
  if (options.native_io) {
    for (const auto& [name, inner] : native_values(result.program)) natives[name] = inner;
    result.program = with_native_io(result.program);
  }
  if (!result.proof) return;
  result.proof->edges = prove_edges(inside, result.program, besides, natives, run);
  result.proof->lowest = std::min(result.proof->lowest, lowest(result.proof->edges));
}

}  // namespace

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
  RunOptions running;
  running.threads = options.threads;
  if (options.check) result.proof = prove(before, result.program, history, passes, running);
  if (result.passed()) change_edges(result, options, running);
  return result;
}

std::filesystem::path embeddings_package(const std::filesystem::path& package) {
  std::filesystem::path path = package;
  return path.replace_extension(".embeddings.mlpackage");
}

PassSettings settings_for(const Target& target) {
  PassSettings settings;
  settings.widest = target.limits().extent;
  settings.widest_kernel = target.limits().kernel_width;
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
    const auto edge = rewrite.proof->edges.find(name);
    if (edge != rewrite.proof->edges.end()) output["psnr_of_edges"] = edge->second;
    document["outputs"].push_back(std::move(output));
  }
  document["passed"] = rewrite.passed();
  if (rewrite.passed()) return document;
  document["blamed_pass"] = rewrite.proof->culprit;
  document["first_bad_op"] = bisection_json(rewrite.proof->bisection);
  return document;
}

std::string complaint(const Rewrite& rewrite) {
  if (rewrite.proof->culprit.empty())
    return fmt::format("{:.1f} dB are kept with other inputs and outputs, expected {}; nothing is written",
                       rewrite.proof->lowest, kProofFloor);
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
    const auto edge = proof.edges.find(name);
    if (edge != proof.edges.end()) text += fmt::format("; {:.1f} dB with the new inputs and outputs", edge->second);
  }
  return text;
}

}  // namespace anemone
