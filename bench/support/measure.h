// SPDX-License-Identifier: Apache-2.0
// What benchmarks of whole commands share: a process of its own for each run, medians, and their main().
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace anemone::bench {

struct Usage {
  double seconds = 0;  // of wall time
  double cpu = 0;      // seconds
  double peak_bytes = 0;
};

// Runs the body in a child, whose time and memory are its own. Throws Error when the child fails.
Usage measured(const std::function<void()>& body);

double median(std::vector<double> values);  // not empty; the upper one of two

// Errors go to standard error in one line; then the exit code is 2.
int run_command(int argc, char** argv, const std::function<int(const std::vector<std::string>&)>& run);

}  // namespace anemone::bench
