// SPDX-License-Identifier: Apache-2.0
// Program -> program with compressed weights. Every weight is either compressed as the recipe says or stays as it is,
// with a reason; nothing is in between. Few weights are in memory at a time, and results lie in a scratch file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "compress/encode.h"
#include "compress/recipe.h"
#include "compress/reduce.h"
#include "ir/program.h"

namespace anemone {

struct CompressOptions {
  Recipe recipe;
  int newest_opset = kNewestOpset;  // that the target can read
  int threads = 1;
  Keep keep;  // where results lie until they are written; called from several threads
  Progress progress;
  // Why ops of a function do not run where they should, by op id(). An op that compressing would add here keeps its
  // weights. Absent: everything is allowed.
  std::function<std::map<ValueId, std::string>(const Function&)> refusals;
};

struct WeightReport {
  std::string function;
  std::string name;
  std::vector<std::string> op_types;  // that use it
  ConcreteShape shape;
  std::string methods;   // "prune, palettize"; empty when it stays as it is
  std::string reason;    // why it stays as it is
  bool refused = false;  // by `refusals`
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  double squared_error = 0;
  double psnr = 0;  // 20 log10(largest magnitude / root mean square error); infinity when nothing is lost

  bool compressed() const { return !methods.empty(); }
};

struct Compressed {
  Program program;
  std::vector<ReductionReport> reductions;  // of the graph; weights are those that it left
  std::vector<WeightReport> weights;        // in program order
  int opset_before = 0;
  int opset = 0;
  std::string opset_reason;  // why it was raised
  std::vector<std::string> warnings;
  std::map<std::string, double> psnr;  // of outputs beside those of the program before; for whoever can run programs
};

Compressed compress(const Program& program, const CompressOptions& options);

}  // namespace anemone
