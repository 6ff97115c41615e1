// SPDX-License-Identifier: Apache-2.0
// A program that is searched for a fault, and what the passes make of it: two programs that are laid out in different
// ways are often the same op by op once both are in the form of the Neural Engine. Every op there knows which op of the
// program it was made of.
#pragma once

#include <memory>
#include <optional>

#include "tune/verify/side.h"

namespace anemone {

// One side of a search: a program with its values for the same inputs.
class Subject {
 public:
  Subject(Program program, const std::string& function, const std::vector<TensorMap>& calls, const RunOptions& run);

  const Program& program() const { return program_; }
  const std::string& name() const { return name_; }
  const Side& side() const { return *side_; }

  // The op that a finding is told of: that of the program as it was given. nullptr when it is not known.
  const Op* told(const Op& op) const;
  const Subject& given() const { return given_ ? *given_ : *this; }
  // The ops before this one, which is as given, that are not there any more: passes see through movements.
  std::vector<const Op*> seen_through(const Op& op) const;

 private:
  friend std::unique_ptr<Subject> rewritten(const Subject& given, const std::vector<TensorMap>& calls,
                                            const RunOptions& run, double tolerance);

  Program program_;
  std::string name_;
  std::unique_ptr<Side> side_;
  const Subject* given_ = nullptr;
};

// What all passes make of the subject, which must outlive it. Nothing when they fail or when the results are further
// apart than `tolerance`: then the passes are not to be trusted with it.
std::unique_ptr<Subject> rewritten(const Subject& given, const std::vector<TensorMap>& calls, const RunOptions& run,
                                   double tolerance);

using Pairs = std::vector<std::pair<ValueId, ValueId>>;

// What two programs hand out, one beside the other: outputs by name (in order when no name is shared), and what they
// write last into states.
Pairs paired_results(const Side& got, const Side& want);

// The relative error of a value against its counterpart; infinite when sizes differ.
double error_of(const Side& got, const Side& want, const std::pair<ValueId, ValueId>& pair);

}  // namespace anemone
