// SPDX-License-Identifier: Apache-2.0
// anemone diff: two packages side by side.
#include "base/error.h"
#include "cli/command.h"
#include "tune/diff_packages.h"

namespace anemone {
namespace {

struct Options {
  std::string a;
  std::string b;
  std::string target = "m1";
  std::string os;
  std::string units = "ALL";
};

int run(const Options& options, const CommandContext& context) {
  PlaceOptions place;
  place.target = find_target(options.target, options.os);
  place.units = *compute_units_from(options.units);
  const PackageDifference difference = diff_packages(options.a, options.b, place);
  if (context.json)
    context.print_json(difference_json(difference));
  else
    context.print(difference_text(difference));
  return kFine;
}

}  // namespace

void register_command_diff(CommandTable& table) {
  table.push_back({"diff", "Compare ops, placement and sizes of two packages", [](CLI::App& app) -> CommandBody {
                     auto options = std::make_shared<Options>();
                     app.add_option("a", options->a, "Package or .mlmodel file")->required();
                     app.add_option("b", options->b, "Package or .mlmodel file")->required();
                     app.add_option("--target", options->target, "Chip or product")->capture_default_str();
                     app.add_option("--os", options->os, "System; the chip's newest if left out");
                     app.add_option("--compute-units", options->units, "What may be used")
                         ->check(CLI::IsMember({"ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY"}))
                         ->capture_default_str();
                     return [options](const CommandContext& context) { return run(*options, context); };
                   }});
}

}  // namespace anemone
