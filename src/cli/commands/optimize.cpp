// SPDX-License-Identifier: Apache-2.0
// anemone optimize: runs the passes over a package and writes the result.
#include "base/error.h"
#include "cli/command.h"
#include "export/package.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "passes/pass.h"
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
  if (options.print_after_all) passes.after_pass = print_after;
  const PassResult result = with_context(options.model, [&] { return run_passes(before, op_table(), passes); });
  write_package(result.program, options.output, context.progress());
  Json document = {
      {"ops_before", executed_ops(before)}, {"ops_after", executed_ops(result.program)}, {"passes", Json::array()}};
  for (const PassRun& run : result.log) {
    document["passes"].push_back({{"name", run.name}, {"applied", run.applied}, {"ms", run.ms}});
    if (!context.json) context.print(fmt::format("{:30} {:6} applied {:8.1f} ms", run.name, run.applied, run.ms));
  }
  if (context.json)
    context.print_json(document);
  else
    context.print(fmt::format("{} ops, {} before", executed_ops(result.program), executed_ops(before)));
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
                     app.add_flag("--print-after-all", options->print_after_all,
                                  "Print the program after each pass that changed it, to stderr");
                     return [options](const CommandContext& context) { return optimize(*options, context); };
                   }});
}

}  // namespace anemone
