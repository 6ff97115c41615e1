// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

namespace anemone {
namespace {

volatile std::sig_atomic_t stop_requested = 0;  // the only global: set by a signal handler

void request_stop(int) { stop_requested = 1; }

using Clock = std::chrono::steady_clock;

void draw(const std::string& what, double done, double seconds) {
  const int filled = static_cast<int>(done * 30);
  const std::string bar =
      std::string(static_cast<size_t>(filled), '#') + std::string(static_cast<size_t>(30 - filled), '.');
  const std::string left = done > 0.02 ? fmt::format("{:.0f} s left", seconds / done * (1 - done)) : "";
  fmt::print(stderr, "\r\x1b[K{} [{}] {:3.0f} % {}", what, bar, done * 100, done < 1 ? left : "");
  if (done >= 1) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace

void CommandContext::print(const std::string& line) const { fmt::print(stdout, "{}\n", line); }

void CommandContext::print_part(std::string_view text) const {
  fmt::print(stdout, "{}", text);
  std::fflush(stdout);
}

void CommandContext::message(const std::string& line) const {
  if (!quiet) fmt::print(stderr, "{}\n", line);
}

void CommandContext::print_json(const Json& document) const {
  fmt::print(stdout, "{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

Progress CommandContext::progress() const {
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  const bool visible = !quiet && ::isatty(STDERR_FILENO);
  return [visible, start = Clock::now(), drawn = Clock::time_point{}](const std::string& what, double done) mutable {
    const auto now = Clock::now();
    if (visible && (done >= 1 || now - drawn > std::chrono::milliseconds(80))) {
      draw(what, done, std::chrono::duration<double>(now - start).count());
      drawn = now;
    }
    return stop_requested == 0;
  };
}

}  // namespace anemone
