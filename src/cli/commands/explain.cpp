// SPDX-License-Identifier: Apache-2.0
// anemone explain: where each op runs on a chip, and why not on the Neural Engine.
#include "placement/explain.h"
#include "base/error.h"
#include "cli/command.h"

namespace anemone {
namespace {

struct Options {
  std::vector<std::string> models;
  std::string target = "m1";
  std::string os;
  std::string units = "ALL";
  std::string function;
  bool together = false;
};

int run(const Options& options, const CommandContext& context) {
  ExplainRequest request;
  request.models = {options.models.begin(), options.models.end()};
  request.together = options.together;
  request.function = options.function;
  request.options.target = find_target(options.target, options.os);
  request.options.units = *compute_units_from(options.units);
  const Explanation explanation = explain(request);
  context.print_json(explanation_json(explanation));
  return kFine;
}

}  // namespace

void register_command_explain(CommandTable& table) {
  table.push_back({"explain", "Say where each op runs, and why", [](CLI::App& app) -> CommandBody {
                     auto options = std::make_shared<Options>();
                     app.add_option("models", options->models, "Models, each a package or .mlmodel file")->required();
                     app.add_option("--target", options->target, "Chip or product");
                     app.add_option("--os", options->os, "Operating system");
                     app.add_option("--compute-units", options->units, "Units");
                     app.add_option("--function", options->function, "Function");
                     app.add_flag("--together", options->together, "Loaded at the same time");
                     return [options](const CommandContext& context) { return run(*options, context); };
                   }});
}

}  // namespace anemone
