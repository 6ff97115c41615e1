// SPDX-License-Identifier: Apache-2.0
// What the Neural Engine's numerics cost beside our own float32, on a package: runs of both take turns, so that a busy
// machine slows both. The processor's time counts, the wall's stands beside it.
//     bench_numerics_bench MODEL.mlpackage [ROUNDS] [THREADS]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>

#include "runtime/session.h"
#include "support/measure.h"

namespace anemone {
namespace {

using bench::median;

struct Times {
  std::vector<double> wall, processor;
};

// Small whole numbers fit ids, masks and positions alike.
TensorMap inputs_of(const Function& function) {
  TensorMap inputs;
  std::mt19937 random(1);
  for (const Output& input : function.inputs) {
    if (input.type.is_state()) continue;
    Tensor tensor(compute_dtype(input.type.dtype), input.type.concrete());
    with_element_type(tensor.dtype(), [&](auto element) {
      for (auto& value : tensor.as<decltype(element)>()) value = static_cast<decltype(element)>(random() % 2);
    });
    inputs[input.name] = std::move(tensor);
  }
  return inputs;
}

void run_once(Session& session, const TensorMap& inputs, Times& times) {
  TensorMap states;
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t start = std::clock();
  session.run(inputs, states);
  times.processor.push_back(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  times.wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 9;
  RunOptions options;
  options.threads = argc > 3 ? std::atoi(argv[3]) : 1;
  Session exact = Session::open(argv[1], options);
  options.numerics = Numerics::kAne;
  Session ane = Session::open(argv[1], options);
  const TensorMap inputs = inputs_of(exact.program().main());
  Times warm, float32, engine;
  run_once(exact, inputs, warm);
  run_once(ane, inputs, warm);
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    run_once(exact, inputs, float32);
    run_once(ane, inputs, engine);
    ratios.push_back(engine.processor.back() / float32.processor.back());
  }
  fmt::print("float32 {:.1f} ms of processor ({:.1f} wall), ane {:.1f} ({:.1f}): median ratio {:.2f}, {} threads\n",
             median(float32.processor), median(float32.wall), median(engine.processor), median(engine.wall),
             median(ratios), options.threads);
  return 0;
}

}  // namespace
}  // namespace anemone

int main(int argc, char** argv) { return anemone::main(argc, argv); }
