// SPDX-License-Identifier: Apache-2.0
// A sub-command of `anemone`: one file in cli/commands. It declares its flags, then runs with the common ones parsed.
// A command parses, calls the library and prints; it holds no logic of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/progress.h"

namespace anemone {

// Exit codes: fine; a check failed; usage error or unreadable input.
enum ExitCode { kFine = 0, kCheckFailed = 1, kUnreadable = 2 };

// What every command gets: --json, --quiet, --threads.
struct CommandContext {
  bool json = false;
  bool quiet = false;
  int threads = 1;

  void print(const std::string& line) const;     // to stdout
  void print_part(std::string_view text) const;  // to stdout, at once and without an end of line
  void message(const std::string& line) const;   // to stderr unless --quiet
  void print_json(const Json& document) const;   // one document to stdout
  // A bar with the time left on a terminal, nothing in a pipe or with --quiet; asks to stop after SIGINT or SIGTERM.
  Progress progress() const;
};

using CommandBody = std::function<int(const CommandContext&)>;

struct Command {
  std::string name;
  std::string summary;
  // Declares the flags on `app` and returns what runs after parsing; captures its options by shared_ptr.
  std::function<CommandBody(CLI::App& app)> declare;
};

using CommandTable = std::vector<Command>;

}  // namespace anemone
