// SPDX-License-Identifier: Apache-2.0
// anemone inspect: what is in a model, after checking that it is sound.
#include "base/error.h"
#include "cli/command.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "tune/ane_form/judge.h"
#include "tune/summary.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::string weights;
  std::string op;
  std::string function;
  bool ane_form = false;
  bool text = false;
  bool fast = false;
};

void print_op(const Program& program, const std::string& name, const CommandContext& context) {
  const OpDescription found = describe_op(program, name);
  PrintOptions brief;
  brief.elide = true;
  brief.max_elements = 64;
  const std::string statement = print(*found.op, *found.function, brief);
  if (context.json)
    return context.print_json({{"function", found.function->name},
                               {"name", found.op->name},
                               {"type", found.op->type},
                               {"text", statement},
                               {"provenance", found.op->provenance},
                               {"inputs", found.inputs},
                               {"users", found.users}});
  context.print(fmt::format("function {}\n{}", found.function->name, statement));
  context.print("provenance: " + (found.op->provenance.empty() ? "not known" : found.op->provenance));
  for (const std::string& input : found.inputs) context.print("input  " + input);
  for (const std::string& user : found.users) context.print("used   " + user);
}

void print_ane_form(const Program& program, const std::string& function, const CommandContext& context) {
  const AneForm form = judge_ane_form(program, function);
  if (context.json)
    context.print_json(ane_form_json(form));
  else
    context.print(ane_form_text(form));
}

int inspect(const Options& options, const CommandContext& context) {
  const Program program = read_package(options.model, options.weights);
  VerifyOptions checks;
  checks.constants = !options.fast;
  with_context(options.model, [&] { verify(program, op_table(), checks); });
  if (!options.op.empty()) {
    print_op(program, options.op, context);
  } else if (options.ane_form) {
    print_ane_form(program, options.function, context);
  } else if (options.text) {
    PrintOptions brief;
    brief.elide = true;
    brief.max_elements = 64;
    context.print(print(program, brief));
  } else if (context.json) {
    context.print_json(summary_json(program));
  } else {
    context.print(summary_text(program));
  }
  return kFine;
}

}  // namespace

void register_command_inspect(CommandTable& table) {
  table.push_back({"inspect", "Check a model and say what is in it", [](CLI::App& app) -> CommandBody {
                     auto options = std::make_shared<Options>();
                     app.add_option("model", options->model, ".mlpackage folder or .mlmodel file")->required();
                     app.add_option("--weights", options->weights, "Weight file of a bare .mlmodel");
                     app.add_option("--op", options->op, "One op: its inputs, users and where it came from");
                     app.add_flag("--ane-form", options->ane_form,
                                  "Whether it is in the form of the Neural Engine, and what is not");
                     app.add_option("--function", options->function, "The function that --ane-form judges");
                     app.add_flag("--text", options->text, "The program as MIL text, large constants elided");
                     app.add_flag("--fast", options->fast, "Do not read the bytes of constants");
                     return [options](const CommandContext& context) { return inspect(*options, context); };
                   }});
}

}  // namespace anemone
