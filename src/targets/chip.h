// SPDX-License-Identifier: Apache-2.0
// Chips and Neural Engine families as data. One file in targets/chips makes one chip; every figure says where it is
// from. Nothing here knows an op: limits are numbers, and rules elsewhere say what they mean.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "targets/figure.h"

namespace anemone {

// A Neural Engine family is a capability step; chips of one family run the same compiled programs.
enum class Family : unsigned char { kH11 = 11, kH12, kH13, kH14, kH15, kH16, kH17, kH18 };
std::string_view name_of(Family family);  // "H13"

struct FamilyLimits {
  Family family;
  bool ml_programs;           // Core ML compiles ML Programs for it
  int64_t extent;             // longest axis but the channel axis
  int64_t channels;           // longest channel axis
  int64_t contraction;        // longest inner axis of a matmul
  int64_t kernel_width;       // widest convolution kernel with one row
  bool top_k;                 // sorting hardware
  bool texture_engine;        // resample, affine, gather by run-time coordinates
  bool sine;                  // sin, cos
  bool random;                // argmin, random numbers
  double int8_rate;           // of W8A8 arithmetic, relative to fp16
  bool streams_int8_weights;  // else they are expanded to fp16
  const char* source;
};
const FamilyLimits& limits_of(Family family);

// Of all families (751K, M4 and M6: 31x1 kernels and max pools of 8 columns compile, 1x31 kernels and 1x9 pools do
// not).
inline constexpr int64_t kMostKernelRows = 31;
inline constexpr int64_t kMostMaxPoolColumns = 8;

struct Product {
  std::string name;            // "MacBook Air M2"
  std::vector<int> memory_gb;  // sizes sold, smallest first
};

struct Chip {
  std::string name = {};   // "m4-pro"
  std::string title = {};  // "M4 Pro"
  Family family = Family::kH13;
  bool mac = false;       // a bare OS number means macOS, else iOS
  int first_release = 0;  // operating systems, counted as iOS counts (macOS 13 is 16); see os.h
  int last_release = 0;
  std::string rates = {};  // which table of rates the compiler's estimates follow (targets/rates)

  Figure ane_cores = {};
  Figure ane_ghz = {};           // highest clock
  Figure ane_tflops = {};        // fp16 peak
  Figure ane_tops = {};          // as the vendor counts
  Figure ane_weights_gb_s = {};  // reading weights
  Figure ane_call_ms = {};       // from the call to the first op and back
  Figure ane_pj_per_flop = {};   // of the package, while computing
  Figure window_gb = {};         // address space for all loaded programs
  Figure on_chip_mb = {};
  Figure dram_gb_s = {};
  Figure gpu_cores = {};
  Figure gpu_tflops = {};  // fp16
  Figure cpu_cores = {};
  Figure cpu_tflops = {};  // fp32 products, all cores
  std::vector<Product> products = {};
};

class ChipTable {
 public:
  void add(Chip chip);                                                            // names are unique
  const Chip* find(std::string_view name) const;                                  // nullptr when there is none
  const std::vector<std::unique_ptr<const Chip>>& all() const { return chips_; }  // in the order of generations

 private:
  std::vector<std::unique_ptr<const Chip>> chips_;
};

// The chips of all files in targets/chips, made once.
const ChipTable& chip_table();

}  // namespace anemone
