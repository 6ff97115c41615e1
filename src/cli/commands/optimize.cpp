// SPDX-License-Identifier: Apache-2.0
// anemone optimize: rewrites a package for the Neural Engine, proves that it computes the same, and writes the result.
#include "base/error.h"
#include "cli/assignments.h"
#include "cli/command.h"
#include "cli/form_flags.h"
#include "export/package.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "passes/specialize.h"
#include "tune/ablate.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::string output;
  FormFlags form;
  std::vector<std::string> only;
  bool ablate = false;
  std::vector<std::string> shapes;
  bool list = false;
  bool print_after_all = false;
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

RewriteOptions rewrite_options(const Options& options, const CommandContext& context) {
  RewriteOptions rewriting = options.form.options(context);
  rewriting.passes.only = {options.only.begin(), options.only.end()};
  rewriting.passes.progress = context.progress();
  if (options.print_after_all) rewriting.passes.after_pass = print_after;
  return rewriting;
}

void print_rewrite(const Rewrite& result, const CommandContext& context) {
  for (const PassRun& run : result.passes)
    context.print(fmt::format("{:30} {:6} applied {:8.1f} ms", run.name, run.applied, run.ms));
  context.print(fmt::format("{} ops, {} before", result.ops_after, result.ops_before));
  context.print(result.form.holds() ? "in the form of the Neural Engine"
                                    : "not in the form of the Neural Engine: " + result.form.reasons[0]);
  context.print(result.proof ? proof_text(*result.proof) : "not proved");
}

int print_ablation(const Program& before, const RewriteOptions& rewriting, const Target& target,
                   const CommandContext& context) {
  const Ablation ablation = ablate(before, rewriting, target);
  if (context.json)
    context.print_json(ablation_json(ablation));
  else
    context.print(ablation_text(ablation));
  return kFine;
}

// The program to begin with, its inputs fixed as asked.
Program read(const Options& options) {
  Program program = read_package(options.model);
  with_context(options.model, [&] {
    verify(program, op_table(), VerifyOptions{false});
    if (options.shapes.empty()) return;
    program = specialized(program, shapes_from(options.shapes), op_table());
    verify(program, op_table(), VerifyOptions{false});
  });
  return program;
}

int optimize(const Options& options, const CommandContext& context) {
  if (options.list) return list_passes(context);
  if (options.model.empty()) fail("a model is needed");
  if (options.output.empty() && !options.ablate) fail("-o: where to write the result is needed");
  const RewriteOptions rewriting = rewrite_options(options, context);
  const Program before = read(options);
  if (options.ablate)
    return with_context(options.model, [&] { return print_ablation(before, rewriting, options.form.chip(), context); });
  const Rewrite result = with_context(options.model, [&] { return rewrite(before, rewriting); });
  if (result.passed()) {
    write_package(result.program, options.output, context.progress(), context.threads);
    if (result.embeddings) write_package(*result.embeddings, embeddings_package(options.output), {}, context.threads);
  }
  if (context.json) context.print_json(rewrite_json(result));
  if (!result.passed()) {
    context.message(fmt::format("error: {}: {}", options.model, complaint(result)));
    return kCheckFailed;
  }
  if (!context.json) print_rewrite(result, context);
  return kFine;
}

}  // namespace

void register_command_optimize(CommandTable& table) {
  table.push_back(
      {"optimize", "Rewrite a package", [](CLI::App& app) -> CommandBody {
         auto options = std::make_shared<Options>();
         app.add_option("model", options->model, ".mlpackage folder or .mlmodel file");
         app.add_option("-o,--output", options->output, "The .mlpackage to write");
         options->form.declare(app);
         app.add_option("--only-pass", options->only, "Run the pass NAME and no other; may be repeated");
         app.add_flag("--ablate", options->ablate, "Say what each pass is worth on the target, and write nothing");
         app.add_option("--shape", options->shapes, "INPUT=D0,D1,...: makes a flexible input fixed; may be repeated");
         app.add_flag("--list-passes", options->list, "Name the passes in their order");
         app.add_flag("--print-after-all", options->print_after_all,
                      "Print the program after each pass that changed it, to stderr");
         return [options](const CommandContext& context) { return optimize(*options, context); };
       }});
}

}  // namespace anemone
