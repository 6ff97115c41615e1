// SPDX-License-Identifier: Apache-2.0
#include "support/serve.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <sstream>

#include "anemone/version.h"
#include "runtime/arrays.h"
#include "runtime/session.h"

namespace anemone::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void answer(const std::string& text) { std::cout << text << std::endl; }

}  // namespace

void serve(const std::string& package, const std::string& numerics, int threads, const std::string& folder) {
  RunOptions options;
  set_numerics(options, numerics, "");
  options.threads = threads;
  TensorMap inputs;
  TensorMap states;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    inputs[entry.path().stem().string()] = read_tensor(entry.path());
  const Clock::time_point begin = Clock::now();
  Session session = Session::open(package, options);
  session.run(inputs, states);  // plans and packs the weights: part of loading
  answer(fmt::format("ready {:.3f} {}", seconds_since(begin), version()));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string argument;
    words >> command >> argument;
    if (command == "run") {
      const Clock::time_point start = Clock::now();
      session.run(inputs, states);
      answer(fmt::format("{:.9f}", seconds_since(start)));
    } else if (command == "save") {
      write_tensor(argument, session.run(inputs, states).begin()->second.tensor);
      answer("ok");
    } else if (command == "rss") {
      rusage usage{};
      getrusage(RUSAGE_SELF, &usage);
      answer(std::to_string(usage.ru_maxrss * 1024L));  // kilobytes on Linux
    }
  }
}

}  // namespace anemone::bench
