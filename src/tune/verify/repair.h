// SPDX-License-Identifier: Apache-2.0
// Whether an op alone is to blame: the program runs once more with another tensor in place of the op's result. When all
// its results are right then, nothing behind the op is wrong.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/executable.h"
#include "tune/verify/side.h"

namespace anemone {

// A run that can be repeated: the calls before the last bring the states to where they are then.
struct RepeatableRun {
  const Program& program;
  std::string function;
  const std::vector<TensorMap>& calls;
  RunOptions options;
};

class Repair {
 public:
  // `wrong` are the results that must become right, each with what it should be. `elements`: of all values of a run.
  Repair(const RepeatableRun& run, int64_t elements, const Side& want, std::vector<std::pair<ValueId, ValueId>> wrong,
         double tolerance);

  // `value` has the shape of the op's only output. The number of runs is bounded by what one costs; beyond it the
  // answer is no.
  bool mends(const Op& op, const Tensor& value);

 private:
  void prepare(const Op& op);

  RepeatableRun run_;
  const Side& want_;
  std::vector<std::pair<ValueId, ValueId>> wrong_;
  double tolerance_;
  int64_t runs_left_ = 0;
  ValueId prepared_ = kNoValue;  // the op that is left out of `executable_`
  std::unique_ptr<Executable> executable_;
  TensorMap inputs_;
  TensorMap states_;  // before the last call
};

}  // namespace anemone
