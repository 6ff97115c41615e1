// SPDX-License-Identifier: Apache-2.0
// anemone optimize: runs the passes over a package and writes the result.
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "export/package.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "tune/prove.h"
#include "tune/summary.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::string output;
  std::vector<std::string> disabled;
  std::vector<std::string> only;
  bool list = false;
  bool print_after_all = false;
  bool no_check = false;
};

int list_passes(const CommandContext& context) {
  Json document = Json::array();
  for (const Pass* pass : pass_table().in_order()) {
    document.push_back({{"name", pass->name}, {"stage", name_of(pass->stage)}, {"summary", pass->summary}});
    if (!context.json) context.print(fmt::format("{:30} {:12} {}", pass->name, name_of(pass->stage), pass->summary));
  }
  if (context.json) context.print_json({{"passes", document}});
  return kFine;
}

void print_after(const std::string& pass, const Program& program) {
  PrintOptions brief;
  brief.elide = true;
  brief.max_elements = 64;
  fmt::print(stderr, "// after {}\n{}\n", pass, print(program, brief));
}

void print_proof(const Proof& proof, const CommandContext& context) {
  for (const auto& [name, psnr] : proof.psnr) {
    std::string line = fmt::format("{}: {:.1f} dB", name, psnr);
    const auto changed = proof.with_purposes.find(name);
    if (changed != proof.with_purposes.end())
      line += fmt::format("; {:.1f} dB with what passes change on purpose", changed->second);
    context.print(line);
  }
}

int optimize(const Options& options, const CommandContext& context) {
  if (options.list) return list_passes(context);
  if (options.model.empty()) fail("a model is needed");
  if (options.output.empty()) fail("-o: where to write the result is needed");
  const Program before = read_package(options.model);
  with_context(options.model, [&] { verify(before, op_table(), VerifyOptions{false}); });
  PassOptions passes;
  passes.disabled = {options.disabled.begin(), options.disabled.end()};
  passes.only = {options.only.begin(), options.only.end()};
  passes.progress = context.progress();
  std::vector<std::pair<std::string, Program>> history;
  passes.after_pass = [&](const std::string& pass, const Program& program) {
    if (options.print_after_all) print_after(pass, program);
    history.emplace_back(pass, program);
  };
  const PassResult result = with_context(options.model, [&] { return run_passes(before, op_table(), passes); });
  std::optional<Proof> proof;
  if (!options.no_check) {
    RunOptions run;
    run.threads = context.threads;
    proof = with_context(options.model, [&] { return prove(before, result.program, history, passes, run); });
    if (!proof->passed(kProofFloor)) {
      context.message(fmt::format("error: {}: {:.1f} dB are kept, expected {}: pass {} is to blame; nothing is written",
                                  options.model, proof->lowest, kProofFloor, proof->culprit));
      return kCheckFailed;
    }
  }
  write_package(result.program, options.output, context.progress(), context.threads);
  Json document = {
      {"ops_before", executed_ops(before)}, {"ops_after", executed_ops(result.program)}, {"passes", Json::array()}};
  for (const PassRun& run : result.log) {
    document["passes"].push_back({{"name", run.name}, {"applied", run.applied}, {"ms", run.ms}});
    if (!context.json) context.print(fmt::format("{:30} {:6} applied {:8.1f} ms", run.name, run.applied, run.ms));
  }
  if (proof) {
    document["outputs"] = Json::array();
    for (const auto& [name, psnr] : proof->psnr) document["outputs"].push_back({{"name", name}, {"psnr", psnr}});
    document["passed"] = true;
  }
  if (context.json) {
    context.print_json(document);
    return kFine;
  }
  context.print(fmt::format("{} ops, {} before", executed_ops(result.program), executed_ops(before)));
  if (!proof) context.print("not proved");
  if (proof) print_proof(*proof, context);
  return kFine;
}

}  // namespace

void register_command_optimize(CommandTable& table) {
  table.push_back({"optimize", "Rewrite a package", [](CLI::App& app) -> CommandBody {
                     auto options = std::make_shared<Options>();
                     app.add_option("model", options->model, ".mlpackage folder or .mlmodel file");
                     app.add_option("-o,--output", options->output, "The .mlpackage to write");
                     app.add_option("--disable-pass", options->disabled, "Leave out the pass NAME; may be repeated");
                     app.add_option("--only-pass", options->only, "Run the pass NAME and no other; may be repeated");
                     app.add_flag("--list-passes", options->list, "Name the passes in their order");
                     app.add_flag("--no-check", options->no_check,
                                  "Write without comparing the results before and after");
                     app.add_flag("--print-after-all", options->print_after_all,
                                  "Print the program after each pass that changed it, to stderr");
                     return [options](const CommandContext& context) { return optimize(*options, context); };
                   }});
}

}  // namespace anemone
