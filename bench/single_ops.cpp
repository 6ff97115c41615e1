// SPDX-License-Identifier: Apache-2.0
// Serves one model for comparisons: loads it with its inputs, then obeys lines on stdin. `run N` runs it N times and
// prints the seconds of one run and the processor's; `save` writes the outputs and prints `saved`.
//   bench_single_ops MODEL THREADS OUTPUT_DIR NAME=FILE.npy...
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include "base/error.h"
#include "runtime/arrays.h"
#include "runtime/outputs.h"
#include "runtime/session.h"

namespace anemone {
namespace {

void print_seconds(Session& session, const TensorMap& inputs, int rounds) {
  TensorMap states;
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  for (int i = 0; i < rounds; ++i) session.run(inputs, states);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%.9f %.9f\n", seconds / rounds, static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / rounds);
}

int serve(int argc, char** argv) {
  if (argc < 4) fail("usage: bench_single_ops MODEL THREADS OUTPUT_DIR NAME=FILE.npy...");
  RunOptions options;
  options.threads = std::stoi(argv[2]);
  Session session = Session::open(argv[1], options);
  TensorMap inputs;
  for (int i = 4; i < argc; ++i) {
    const std::string pair = argv[i];
    const size_t equals = pair.find('=');
    inputs[pair.substr(0, equals)] = copy_of(read_tensor(pair.substr(equals + 1)));
  }
  for (std::string line; std::getline(std::cin, line);) {
    if (line.rfind("run ", 0) == 0) {
      print_seconds(session, inputs, std::stoi(line.substr(4)));
    } else {
      TensorMap states;
      for (const auto& [name, value] : session.run(inputs, states)) write_output(argv[3], name, value);
      std::printf("saved\n");
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace anemone

int main(int argc, char** argv) {
  try {
    return anemone::serve(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
