// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <memory>

#include "anemone/version.h"
#include "base/parallel.h"
#include "cli/command.h"

namespace anemone {

void register_all_command(CommandTable& table);

namespace {

int run_chosen(CommandContext& context, const CommandBody& chosen) {
  try {
    return chosen(context);
  } catch (const Cancelled&) {
    std::fputs("error: cancelled\n", stderr);
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::string line = error.what();
    for (char& c : line)
      if (c == '\n') c = ' ';
    std::fprintf(stderr, "error: %s\n", line.c_str());
  }
  return kUnreadable;
}

int main(int argc, char** argv) {
  CLI::App app{"Takes a trained Transformer to the Apple Neural Engine, from any machine."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(version()));
  CommandContext context;
  context.threads = hardware_threads();
  CommandTable table;
  register_all_command(table);
  CommandBody chosen;
  for (const Command& command : table) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->add_flag("--json", context.json, "Print one JSON document on stdout");
    sub->add_flag("--quiet", context.quiet, "Print no messages or progress");
    sub->add_option("--threads", context.threads, "Threads to use")->check(CLI::Range(1, 1024));
    sub->callback([&chosen, body = command.declare(*sub)] { chosen = body; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "error: %s\n", error.what());
    return kUnreadable;
  }
  return run_chosen(context, chosen);
}

}  // namespace
}  // namespace anemone

int main(int argc, char** argv) { return anemone::main(argc, argv); }
