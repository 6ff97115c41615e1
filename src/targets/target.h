// SPDX-License-Identifier: Apache-2.0
// What a program is judged for: a chip with an operating system, and the memory of the product when it is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "targets/chip.h"
#include "targets/os.h"
#include "targets/rates.h"

namespace anemone {

struct Target {
  const Chip* chip = nullptr;
  OsVersion os;
  std::optional<int> memory_gb;
  std::string product;  // as it is sold, when the target was named by product

  const FamilyLimits& limits() const { return limits_of(chip->family); }
  int release() const { return os.release(); }
  Rates rates() const;  // of the chip, scaled from its reference
};

// A chip's name ("m4-pro", in any case, also "M4 Pro") or a product's ("iPhone 13", "MacBook Air M2 16GB"). `os` may be
// empty: the newest that the chip runs. Throws Error that names similar targets, or says which systems the chip runs.
Target find_target(std::string_view name, std::string_view os = "");

}  // namespace anemone
