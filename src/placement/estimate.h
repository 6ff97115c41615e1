// SPDX-License-Identifier: Apache-2.0
// What Core ML's compiler believes an op costs on each back end: an amount of work (flops, bytes, elements) in a class,
// divided by the rate of that class. One file in placement/estimates says how much work some ops are; all others move
// their bytes. Within a class the estimate is continuous and grows with every dimension.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "placement/op_view.h"
#include "targets/rates.h"

namespace anemone {

struct Work {
  std::string_view leaf;  // of targets/rates
  double amount = 0;
};

// The work of an op. Where there are two kinds, the slower one counts.
struct OpWork {
  std::vector<Work> ane, gpu, cpu;

  static OpWork everywhere(Work work) { return {{work}, {work}, {work}}; }
  const std::vector<Work>& on(Backend backend) const {
    return backend == Backend::kAne ? ane : backend == Backend::kGpu ? gpu : cpu;
  }
};

using WorkFunction = std::function<OpWork(const OpView&)>;

class EstimateTable {
 public:
  void add(const std::vector<std::string>& op_types, WorkFunction work);  // an op has one entry
  OpWork work(const OpView& op) const;                                    // bytes moved when there is no entry

 private:
  std::map<std::string, WorkFunction, std::less<>> entries_;
};

// The entries of all files in placement/estimates, made once.
const EstimateTable& estimate_table();

using BackendCosts = std::array<double, kBackends>;  // milliseconds
BackendCosts estimate(const OpWork& work, const Rates& rates);

// Bytes as the compiler counts them for an op without a class of its own: every operand but strings, only the first of
// a variadic argument, and the first result.
double streamed_bytes(const OpView& op);
Work streamed(const OpView& op);

}  // namespace anemone
