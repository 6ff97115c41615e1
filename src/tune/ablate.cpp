// SPDX-License-Identifier: Apache-2.0
#include "tune/ablate.h"

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "ops/ops.h"
#include "placement/totals.h"

namespace anemone {
namespace {

constexpr const char* kCleanUp = "clean-up";

std::string row_name(const std::string& pass) {
  return pass_table().find(pass)->stage == Stage::kCleanUp ? kCleanUp : pass;
}

Json figures_json(const ProgramFigures& figures) {
  return {{"ops", figures.ops},
          {"off_ane", figures.off_ane},
          {"padded_bytes", figures.padded_bytes},
          {"transposes", figures.transposes},
          {"planned_ms", std::isfinite(figures.planned_ms) ? Json(figures.planned_ms) : Json()},
          {"latency_ms", figures.latency_ms ? Json(*figures.latency_ms) : Json()}};
}

std::string figures_text(const ProgramFigures& figures) {
  return fmt::format("{:>6} {:>7} {:>12} {:>6} {:>9} {:>9}", figures.ops, figures.off_ane,
                     fmt::format("{:.2f}", static_cast<double>(figures.padded_bytes) / 1e6), figures.transposes,
                     fmt::format("{:.3f}", figures.planned_ms),
                     figures.latency_ms ? fmt::format("{:.3f}", *figures.latency_ms) : "?");
}

}  // namespace

ProgramFigures figures_of(const Program& program, const Target& target) {
  const AneForm form = judge_ane_form(program);
  ProgramFigures figures;
  figures.ops = form.ops;
  figures.padded_bytes = form.padded_bytes;
  figures.transposes = form.transposes;
  PlaceOptions options;
  options.target = target;
  options.units = ComputeUnits::kCpuAndNe;
  const std::vector<WeightSizes> weights = {weight_sizes(program, target)};
  const std::vector<PlacedFunction> placed = {place(program, program.main(), weights[0], options)};
  const Totals totals = totals_of(placed, weights, target);
  figures.off_ane = totals.ops - totals.ane;
  figures.planned_ms = placed[0].planned_ms;
  if (totals.latency_ms) figures.latency_ms = totals.latency_ms->value;
  return figures;
}

Ablation ablate(const Program& before, const RewriteOptions& options, const Target& target) {
  std::vector<std::pair<std::string, Program>> history;
  PassOptions passes = options.passes;
  passes.after_pass = [&](const std::string& pass, const Program& program) {
    if (!history.empty() && history.back().first == row_name(pass))
      history.back().second = program;
    else
      history.emplace_back(row_name(pass), program);
  };
  run_passes(before, op_table(), passes);
  passes.after_pass = {};
  Ablation result{figures_of(before, target), {}};
  RunOptions run;
  run.threads = options.threads;
  std::optional<ProofReference> reference;
  if (options.check) reference.emplace(with_purposes(before, passes), run);
  for (const auto& [pass, program] : history) {
    AblationRow row{pass, figures_of(program, target), std::nullopt, std::nullopt};
    if (reference) row.psnr = lowest(reference->psnr(program));
    if (pass != kCleanUp) {
      PassOptions others = passes;
      others.disabled.insert(pass);
      row.without = figures_of(run_passes(before, op_table(), others).program, target);
    }
    result.rows.push_back(std::move(row));
  }
  return result;
}

Json ablation_json(const Ablation& ablation) {
  Json rows = Json::array();
  for (const AblationRow& row : ablation.rows) {
    Json entry = {{"pass", row.pass}};
    entry.update(figures_json(row.after));
    entry["psnr"] = row.psnr ? Json(*row.psnr) : Json();
    entry["without"] = row.without ? figures_json(*row.without) : Json();
    rows.push_back(std::move(entry));
  }
  return {{"before", figures_json(ablation.before)}, {"passes", rows}};
}

std::string ablation_text(const Ablation& ablation) {
  const auto heading = fmt::format("{:>6} {:>7} {:>12} {:>6} {:>9} {:>9}", "ops", "off ANE", "padded MB", "transp",
                                   "plan ms", "wall ms");
  std::string text = fmt::format("{:<28} {} {:>8}\n", "after", heading, "dB");
  text += fmt::format("{:<28} {} {:>8}\n", "(before)", figures_text(ablation.before), "");
  for (const AblationRow& row : ablation.rows)
    text += fmt::format("{:<28} {} {:>8}\n", row.pass, figures_text(row.after),
                        row.psnr ? fmt::format("{:.1f}", *row.psnr) : "");
  text += fmt::format("\n{:<28} {}\n", "the result without", heading);
  for (const AblationRow& row : ablation.rows)
    if (row.without) text += fmt::format("{:<28} {}\n", row.pass, figures_text(*row.without));
  text.pop_back();
  return text;
}

}  // namespace anemone
