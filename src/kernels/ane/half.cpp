// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/half.h"

namespace anemone::kernels::ane {

void round_away(float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = round_away(values[i]);
}

bool has_special(const float* values, size_t count) {
  uint32_t found = 0;
  for (size_t i = 0; i < count; ++i) found |= (std::bit_cast<uint32_t>(values[i]) & 0x7F800000U) == 0x7F800000U;
  return found != 0;
}

}  // namespace anemone::kernels::ane
