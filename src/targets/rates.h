// SPDX-License-Identifier: Apache-2.0
// What Core ML's compiler believes about speed: one rate for each class of work (a leaf) and back end. These decide
// placement; they are not wall time. One file in targets/rates makes the table of one reference chip.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "targets/figure.h"

namespace anemone {

// Where an op can run: the Neural Engine, the GPU, and the CPU by either of two libraries.
enum class Backend : unsigned char { kAne, kGpu, kBnns, kClassic };
inline constexpr int kBackends = 4;
std::string_view name_of(Backend backend);  // "ane", "mps_graph", "bnns", "classic_cpu"

// How a rate of one chip carries over to another.
enum class Scaling : unsigned char {
  kNone,   // bytes and elements: the same on every chip that was read
  kPeak,   // with the peak of the unit
  kCores,  // work too thin for matrix units: with the number of GPU cores, and with the engine's peak
};

struct Leaf {
  std::string name;                // "conv.dense"
  std::string amount;              // what is counted: "flops", "bytes", "elements"
  Figure ane, gpu, bnns, classic;  // billions a second
  Scaling scaling = Scaling::kNone;

  const Figure& on(Backend backend) const;
};

// Fixed costs of a plan in milliseconds.
struct PlanCosts {
  Figure ane_launch, gpu_launch;              // a segment begins
  Figure cpu_ane, cpu_gpu, ane_gpu, cpu_cpu;  // the back end changes, in either direction
  Figure ane_output, gpu_output;              // a result of the program is made there
};

class Rates {
 public:
  std::string name;  // "m4"
  double reference_ane_tflops = 0;
  double reference_gpu_tflops = 0;
  double reference_gpu_cores = 0;
  PlanCosts plan;

  void add(Leaf leaf);
  const Leaf* find(std::string_view leaf) const;
  const std::vector<Leaf>& leaves() const { return leaves_; }
  // The same for a chip with these speeds instead of the reference's; 0 where they are not known.
  Rates scaled(double ane_tflops, double gpu_tflops, double gpu_cores) const;
  // Replaces one rate; throws Error when there is no such leaf.
  void set(std::string_view leaf, Backend backend, double rate);

 private:
  std::vector<Leaf> leaves_;
  std::map<std::string, size_t, std::less<>> index_;
};

class RatesTable {
 public:
  void add(Rates rates);
  const Rates& get(std::string_view name) const;  // CHECK that it exists
  const std::map<std::string, Rates, std::less<>>& all() const { return tables_; }

 private:
  std::map<std::string, Rates, std::less<>> tables_;
};

const RatesTable& rates_table();

}  // namespace anemone
