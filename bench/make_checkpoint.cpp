// SPDX-License-Identifier: Apache-2.0
// Writes a checkpoint folder of a well-known shape with random weights: script/bench make_checkpoint SHAPE FOLDER
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "support/checkpoints.h"

int main(int argc, char** argv) {
  using namespace anemone;
  if (argc != 3) {
    fmt::print("make_checkpoint SHAPE FOLDER; shapes: {}\n", join(bench::checkpoint_shapes(), ", "));
    return argc == 1 ? 0 : 2;
  }
  try {
    bench::write_checkpoint(argv[1], argv[2]);
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
