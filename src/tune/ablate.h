// SPDX-License-Identifier: Apache-2.0
// What each pass is worth on a chip: the program behind each pass that changed it, and the end result without that
// pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "targets/target.h"
#include "tune/rewrite.h"

namespace anemone {

struct ProgramFigures {
  int ops = 0;
  int off_ane = 0;           // of them, that the plan puts elsewhere
  int64_t padded_bytes = 0;  // of all results, the last axis padded to 64 bytes
  int transposes = 0;
  double planned_ms = 0;             // what the compiler believes that its plan takes
  std::optional<double> latency_ms;  // wall time as far as it can be told
};
ProgramFigures figures_of(const Program& program, const Target& target);

struct AblationRow {
  std::string pass;  // clean-ups between two passes of other stages stand together as "clean-up"
  ProgramFigures after;
  std::optional<double> psnr;             // against the program before, in dB
  std::optional<ProgramFigures> without;  // the end result when this pass is left out; not for clean-ups
};

struct Ablation {
  ProgramFigures before;
  std::vector<AblationRow> rows;
};

// Without options.check no PSNR is measured.
Ablation ablate(const Program& before, const RewriteOptions& options, const Target& target);
Json ablation_json(const Ablation& ablation);
std::string ablation_text(const Ablation& ablation);

}  // namespace anemone
