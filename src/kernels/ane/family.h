// SPDX-License-Identifier: Apache-2.0
// Generations of the Neural Engine and what is known to differ between them in arithmetic (docs/numerics.md).
#pragma once

#include <cstdint>
#include <string_view>

namespace anemone::kernels::ane {

struct Family {
  int generation;           // H11 to H18
  bool runs_programs;       // ML Programs need H13
  float widest_slice;       // a slice that starts inside the last axis gives infinity beyond this magnitude; 0: exact
  int64_t reduction_block;  // elements of a sum that are added before the next partial sum begins
  bool multiplies_int8;     // int8 x int8 with its own accumulator; else int8 is widened to half
};

// By generation ("h13"), or by chip: "a14", "a17-pro", "m1", "m1-max". nullptr when it is not known.
const Family* family_of(std::string_view chip);

inline constexpr std::string_view kDefaultChip = "m1";

}  // namespace anemone::kernels::ane
