// SPDX-License-Identifier: Apache-2.0
// Two models side by side on the same samples: how far their outputs and states are apart. The reference runs on every
// sample and is let go before the model runs, so the weights of the two are never in memory together; only results are
// kept.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/progress.h"
#include "runtime/session.h"
#include "tune/compare.h"
#include "tune/verify/sampler.h"
#include "tune/verify/scores.h"

namespace anemone {

struct CallResult {
  std::map<std::string, RuntimeValue> outputs;
};

struct SampleResult {
  std::vector<CallResult> calls;
  TensorMap states;        // after the last call
  std::string impossible;  // why the reference cannot take the sample (a combination of flexible shapes)
};

// Runs samples in order. `tolerant`: a sample that cannot be run says so in its result; otherwise that is an Error
// which names the sample. At least one sample must run.
std::vector<SampleResult> run_samples(Session& session, const std::vector<InputSample>& samples,
                                      const std::string& function, bool tolerant, const Progress& progress = {});

// One output, state or class label over all samples.
struct OutputParity {
  std::string name;
  std::string kind;          // "output", "state", "label"
  Difference worst;          // of the sample with the lowest PSNR
  double psnr = 0;           // there
  std::string worst_sample;  // its name
  bool same_shape = true;    // in every sample; shapes of the first that differs otherwise
  ConcreteShape shape;
  ConcreteShape expected_shape;
  bool finite = true;            // in every sample
  bool dead = true;              // one number fills it in every sample, and the reference's holds several
  bool constant = true;          // it is the same in all samples, and the reference's is not
  bool equal = true;             // bit by bit the reference's in every sample
  std::optional<Scores> scores;  // of outputs that a choice is made from
  int64_t labels = 0;            // of class labels: how many, and how many agree
  int64_t equal_labels = 0;

  bool passes(double floor) const;
};

struct ParityOptions {
  std::string function;  // empty: the default one
  PsnrFlavour flavour = PsnrFlavour::kA;
  int64_t top_k = 80;
  std::set<std::string> choices;  // outputs that a choice is made from, besides those that are named like that
};

struct Parity {
  std::vector<OutputParity> outputs;
  PsnrFlavour flavour = PsnrFlavour::kA;
  int samples = 0;
  std::vector<double> sample_psnr;  // the lowest of each; infinite for those that were left out
  std::vector<std::string> notes;
  int64_t labelled = 0;  // samples with a known class, and how many each side gets right
  int64_t right = 0;
  int64_t reference_right = 0;

  // What deserves a look though figures may be fine: outputs that say nothing, and equal ones where `equal_is_strange`.
  void add_suspicions(bool equal_is_strange);
  double min_psnr() const;
  bool passes(double floor) const;
};

// Outputs are matched by name; when no name is shared and there are equally many, in their order. Throws Error when an
// output of the model has no counterpart.
Parity compare_results(const std::vector<InputSample>& samples, const std::vector<SampleResult>& got,
                       const std::vector<SampleResult>& want, const ParityOptions& options);

// Neither reads weights before it runs.
Parity compare_models(Session& model, Session reference, const std::vector<InputSample>& samples,
                      const ParityOptions& options, const Progress& progress = {});

// The samples with their inputs under the names that the function has: as they are, or in order when no name is shared.
// Throws Error when an input has no counterpart.
std::vector<InputSample> renamed_inputs(const std::vector<InputSample>& samples, const Function& from,
                                        const Function& to);

// {"outputs": [...], "min_psnr", ...}
Json parity_json(const Parity& parity);
std::string parity_text(const Parity& parity);

}  // namespace anemone
