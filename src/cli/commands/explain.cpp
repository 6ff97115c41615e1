// SPDX-License-Identifier: Apache-2.0
// anemone explain: where each op runs on a chip, and why not on the Neural Engine.
#include <fstream>

#include "base/error.h"
#include "cli/command.h"
#include "placement/estimates_file.h"
#include "placement/reports.h"

namespace anemone {
namespace {

struct Options {
  std::vector<std::string> models;
  std::vector<std::string> without;
  std::string target = "m1";
  std::string os;
  std::string units = "ALL";
  std::string gpu_load = "idle";
  std::string function;
  std::string estimates = "formula";
  std::string op;
  std::string fail_if;
  std::string junit;
  std::string sarif;
  int depth = TableOptions().depth;
  bool together = false;
  bool csv = false;
  bool list_rules = false;
};

ExplainRequest request_of(const Options& options) {
  ExplainRequest request;
  request.models = {options.models.begin(), options.models.end()};
  request.together = options.together;
  request.function = options.function;
  request.options.target = find_target(options.target, options.os);
  request.options.units = *compute_units_from(options.units);
  for (const std::string& code : options.without) {
    if (!rule_table().find(code)) fail("--without-rule: there is no rule {}: see --list-rules", code);
    request.options.without.insert(code);
  }
  request.options.gpu_busy = options.gpu_load == "busy";
  if (options.estimates != "formula") read_estimates(options.estimates, request.options);
  return request;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << '\n';
  file.close();
  if (!file) fail("{}: cannot be written", path);
}

int list_rules(const CommandContext& context) {
  if (context.json) {
    context.print_json(rules_json());
    return kFine;
  }
  std::string text = rules_markdown();
  text.resize(text.find_last_not_of('\n') + 1);
  context.print(text);
  return kFine;
}

int run(const Options& options, const CommandContext& context) {
  if (options.list_rules) return list_rules(context);
  if (options.models.empty()) fail("a model is needed");
  const Explanation explanation = explain(request_of(options));
  const bool failed = !options.fail_if.empty() && fails(explanation, options.fail_if);
  if (!options.junit.empty()) write(options.junit, explanation_junit(explanation, options.fail_if));
  if (!options.sarif.empty()) write(options.sarif, explanation_sarif(explanation));
  if (!options.op.empty())
    context.print(why(explanation, options.op));
  else if (context.json)
    context.print_json(explanation_json(explanation));
  else if (options.csv)
    context.print(explanation_csv(explanation));
  else
    context.print(explanation_table(explanation, {options.depth}));
  if (failed) context.message("the condition holds: " + options.fail_if);
  return failed ? kCheckFailed : kFine;
}

CommandBody declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("models", options->models, "Packages or .mlmodel files");
  app.add_option("--target", options->target, "Chip (a15, m4-pro) or product (\"iPhone 13\")")->capture_default_str();
  app.add_option("--os", options->os, "System: macOS13.3, iOS16 or a number; the chip's newest if left out");
  app.add_option("--compute-units", options->units, "What may be used")
      ->check(CLI::IsMember({"ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY"}))
      ->capture_default_str();
  app.add_option("--gpu-load", options->gpu_load, "Whether the GPU has other work")
      ->check(CLI::IsMember({"idle", "busy"}))
      ->capture_default_str();
  app.add_option("--function", options->function, "One function; all if left out");
  app.add_option("--estimates", options->estimates, "formula, or a file with estimates or rates")
      ->capture_default_str();
  app.add_option("--depth", options->depth, "Parts of a layer's path that make a row; 0: every op")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--why", options->op, "Everything about one op, by name or index");
  app.add_option("--fail-if", options->fail_if, "Exit with 1 when this holds, such as 'ane_share < 0.95'");
  app.add_option("--junit", options->junit, "Also write a JUnit file");
  app.add_option("--sarif", options->sarif, "Also write a SARIF file");
  app.add_option("--without-rule", options->without, "Judge as if this rule did not hold (again for more)")
      ->allow_extra_args(false);
  app.add_flag("--together", options->together, "The models are loaded at the same time");
  app.add_flag("--csv", options->csv, "A row of comma-separated values for each op");
  app.add_flag("--list-rules", options->list_rules, "All rules with their evidence, as Markdown");
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_explain(CommandTable& table) {
  table.push_back({"explain", "Say where each op runs on a chip, and why", declare});
}

}  // namespace anemone
