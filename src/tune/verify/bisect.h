// SPDX-License-Identifier: Apache-2.0
// The first op of a model that goes wrong against a reference. Both run once on the same inputs with all their values
// kept; values are matched by what they hold, whatever their layout (see blame.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tune/verify/capture.h"
#include "tune/verify/parity.h"

namespace anemone {

struct BisectRequest {
  std::string function;          // of the model; empty: the default one
  RunOptions run;                // of the model
  RunOptions reference_run;      // of the reference
  std::vector<TensorMap> calls;  // the last one is where something is wrong
  double floor = 80;             // dB; a value below it is wrong
};

struct BadOp {
  std::string function;
  int index = 0;  // among the ops that execute, in order
  std::string name;
  std::string type;
  std::string output;
  std::string provenance;
  std::string reason;
  std::optional<double> psnr;  // of its first output against the counterpart's, when they can be laid side by side
  std::string reference_name;  // the counterpart, when it was found
  std::string reference_type;
};

struct Bisection {
  std::optional<BadOp> first_bad_op;
  bool proved = false;  // the model is right as soon as this op's result is
  bool same_layout = true;
  bool model_rewritten = false;  // both were compared op by op after `optimize` had brought one or both into its form
  bool reference_rewritten = false;
  std::vector<std::string>
      dead;          // ops whose value is one number only, or not finite, where no value of the reference is
  int compared = 0;  // values of the model
  int known = 0;     // of these, equal to one of the reference
};

Bisection bisect(const Program& model, const Program& reference, const BisectRequest& request);

// The same on the sample that shows the difference best: the first call of it where something is wrong. `request.calls`
// is not looked at.
Bisection bisect_samples(const Program& model, const Program& reference, const std::vector<InputSample>& samples,
                         const Parity& parity, BisectRequest request);

Json bisection_json(const Bisection& bisection);  // of first_bad_op: null when there is none
std::string bisection_text(const Bisection& bisection);

}  // namespace anemone
