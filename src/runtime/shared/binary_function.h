// SPDX-License-Identifier: Apache-2.0
// Which vectorised function an op of two float arguments x and y is.
#pragma once

#include <map>
#include <string>

#include "kernels/elementwise/elementwise.h"

namespace anemone {

inline const std::map<std::string, kernels::Binary>& binary_functions() {
  using kernels::Binary;
  static const std::map<std::string, Binary> all = {{"add", Binary::kAdd},     {"sub", Binary::kSub},
                                                    {"mul", Binary::kMul},     {"real_div", Binary::kDiv},
                                                    {"maximum", Binary::kMax}, {"minimum", Binary::kMin}};
  return all;
}

}  // namespace anemone
