// SPDX-License-Identifier: Apache-2.0
// A checkpoint becomes a Program: architecture and head are chosen, the importer builds the graph, the result is
// verified. Weights stay promises on the checkpoint's files. Errors name the file and tensor or key, or the flag that
// asked for something impossible.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "import/assets.h"
#include "import/blocks/model_builder.h"

namespace anemone {

struct ConvertOptions {
  std::string task;           // empty: as the configuration says
  ModelRequest request;       // opset as opset_for() gives
  std::string target;         // the chip to run on, and on which of its units: noted in the package when given;
  std::string compute_units;  // the plain form is the same for all
  bool check = true;          // refuse NaN and infinity among the weights
  int threads = 1;
};

struct Conversion {
  Program program;
  std::vector<Asset> assets;
  std::string architecture;  // the model class that was built
  std::string task;
  int64_t parameters = 0;
  std::vector<std::string> warnings;
};

Conversion convert(const std::filesystem::path& source, const ConvertOptions& options, const Progress& progress = {});

// Throws Error naming the flag for a text that names no chip ("m1", "a17-pro") or no set of units ("CPU_AND_NE").
void check_target(const std::string& target);
void check_compute_units(const std::string& units);

// The opset of "iOS16", "macOS13" ... Error naming the flag when it is none of those known.
int opset_for(const std::string& deployment_target);

}  // namespace anemone
