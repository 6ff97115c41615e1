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
  std::string task;      // empty: as the configuration says
  ModelRequest request;  // opset as opset_for() gives
  // What the package is for: a chip or product (see targets/target.h), and "ALL", "CPU_AND_NE", "CPU_AND_GPU" or
  // "CPU_ONLY". Noted in it when given; the plain form is the same for all.
  std::string target;
  std::string compute_units;
  bool check = true;  // refuse NaN and infinity among the weights
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

// The opset of "iOS16", "macOS13" ... Error naming the flag when it is none of those known.
int opset_for(const std::string& deployment_target);

}  // namespace anemone
