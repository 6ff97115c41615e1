// SPDX-License-Identifier: Apache-2.0
#include "cli/numerics.h"

#include <CLI/CLI.hpp>

#include "runtime/session.h"

namespace anemone {

void NumericsFlags::add_to(CLI::App& app) {
  app.add_option("--numerics", numerics, "float32, ieee-half, ane (as the Neural Engine computes), fast or fast-int8");
  app.add_option("--target", chip, "Chip whose Neural Engine is meant by --numerics ane; m1 when not given");
  app.add_option("--decompressed-memory", decompressed_mb,
                 "MB of decompressed weights to keep; the others are decompressed whenever their op runs (256)")
      ->check(CLI::Range(size_t{0}, size_t{1} << 40));
}

void NumericsFlags::apply(RunOptions& options) const {
  set_numerics(options, numerics, chip);
  options.decompressed_limit = decompressed_mb << 20;
}

}  // namespace anemone
