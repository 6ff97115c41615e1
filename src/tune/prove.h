// SPDX-License-Identifier: Apache-2.0
// The proof of a rewrite: the program before and after, side by side in float32 on the same made-up inputs. Passes that
// change numbers on purpose are applied to the program before as well; what they cost is told, not judged.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "passes/pass.h"
#include "runtime/executable.h"
#include "tune/verify/bisect.h"

namespace anemone {

struct Proof {
  std::map<std::string, double> psnr;           // of each output, the lowest of all samples, in dB
  std::map<std::string, double> with_purposes;  // against the program before without any change; empty: the same
  std::map<std::string, double> edges;          // of each output, with --mask and --native-io against without
  double lowest = 0;
  std::string culprit;  // the pass behind which an output first falls below the floor, when one does
  Bisection bisection;  // its result against what it was given

  bool passed(double floor) const { return lowest >= floor; }
};

inline constexpr double kProofFloor = 100;  // dB; what float32 keeps of a program whose sums run in another order

// A program to measure others against: it runs once, and only its results stay.
class ProofReference {
 public:
  ProofReference(const Program& program, const RunOptions& run);
  // Of each output, the lowest of all samples, in dB; below the floor when anything else is wrong with it.
  std::map<std::string, double> psnr(const Program& program) const;

 private:
  RunOptions run_;
  std::vector<InputSample> samples_;
  std::vector<SampleResult> want_;
};
double lowest(const std::map<std::string, double>& psnr);

// What the passes that change numbers on purpose make of a program: what a rewrite is measured against.
Program with_purposes(const Program& before, const PassOptions& options);

// `after` came from `before` by run_passes() with these options; `history` has the program behind each pass that
// changed it, in order.
Proof prove(const Program& before, const Program& after, const std::vector<std::pair<std::string, Program>>& history,
            const PassOptions& passes, const RunOptions& run);

// The same for other inputs and outputs: of `after`, which was made of `inside` by changes at its edges. `besides` are
// inputs that only `after` has, `natives` the values of `inside` that inputs and outputs of `after` are, by name.
std::map<std::string, double> prove_edges(const Program& inside, const Program& after, const TensorMap& besides,
                                          const std::map<std::string, ValueId>& natives, const RunOptions& run);

}  // namespace anemone
