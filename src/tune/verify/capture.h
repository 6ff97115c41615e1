// SPDX-License-Identifier: Apache-2.0
// The values inside a function for given inputs: the function is run with every value that it computes as an output.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "runtime/executable.h"
#include "tune/verify/sampler.h"

namespace anemone {

// By number; tensors in compute form. Ops inside nested blocks have no single value and are left out. What is more than
// a few hundred megabytes lies in files that have no name: memory holds what is looked at.
class Values {
 public:
  explicit Values(size_t in_memory = size_t{256} << 20) : room_(in_memory) {}

  const Tensor* find(ValueId id) const;
  void add(ValueId id, const Tensor& value);  // a copy
  // The memory of a value that lies in a file is given back until somebody looks at it again.
  void put_away(ValueId id) const;

 private:
  struct Held {
    Tensor tensor;
    std::shared_ptr<const MappedFile> file;
  };
  std::unordered_map<ValueId, Held> values_;
  size_t room_;
};

// Values of the last of `calls`; the calls before it only bring the states to where they are then. Inputs as callers
// give them. `only`, when not empty, are the values that are kept besides the inputs.
Values capture(const Program& program, const std::string& function, const std::vector<TensorMap>& calls,
               const RunOptions& options, const std::set<ValueId>& only = {});

// The ops that capture() gives values of, in order: those of the outermost block that execute.
std::vector<const Op*> captured_ops(const Function& function);

}  // namespace anemone
