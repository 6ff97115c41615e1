// SPDX-License-Identifier: Apache-2.0
// The whole of `anemone verify`: which inputs, against what, by which limit, and what came out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tune/verify/bisect.h"
#include "tune/verify/parity.h"

namespace anemone {

// Where inputs come from; the first that is given counts. Without any: made up.
struct SampleSource {
  TensorMap inputs;                 // one call
  std::filesystem::path data;       // a data set
  std::filesystem::path tokenizer;  // of texts, instead of the model's assets
  SampleOptions made_up;
  bool only_random = false;  // a number of random samples was asked for: no boundary inputs beside them
};

struct VerifyRequest {
  std::filesystem::path model;
  std::filesystem::path weights;    // of a bare .mlmodel
  std::filesystem::path reference;  // a model or a checkpoint ...
  std::filesystem::path expected;   // ... or a folder with NAME.npy of each output
  std::string task;                 // of a checkpoint
  SampleSource source;
  RunOptions run;
  Numerics reference_numerics = Numerics::kFloat32;
  ParityOptions parity;
  std::optional<double> floor;  // in dB
  std::string gate;             // its name; `floor` wins
  bool bisect = false;
  Progress progress;
};

struct Verification {
  Parity parity;
  double floor = 0;
  std::string gate;
  bool is_checkpoint = false;
  bool passed = false;
  std::optional<Bisection> bisection;  // when it was asked for and something fell below the limit
};

inline constexpr double kDefaultFloor = 40;  // what Apple asks of half precision against single
inline constexpr double kBisectFloor = 80;   // with --bisect, between programs of one precision in float32

// The samples for a model's function and, when there is one, its reference's.
std::vector<InputSample> collect_samples(const VerifyRequest& request, const Session& model, const Function* reference);

// Throws Error when something cannot be read or compared.
Verification verify_model(const VerifyRequest& request);

Json verification_json(const Verification& result);
std::string verification_text(const Verification& result);

}  // namespace anemone
