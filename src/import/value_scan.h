// SPDX-License-Identifier: Apache-2.0
// One look at all values of a stored tensor: whether they are finite, and whether half precision can hold them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/dtype.h"

namespace anemone {

struct ValueScan {
  std::optional<int64_t> first_bad;  // index of the first NaN or infinity
  bool bad_is_nan = false;
  bool exceeds_half = false;  // some magnitude lies in (65504, 1e38)
};

// `bytes` need not be aligned; `dtype` is fp16, bf16, fp32 or fp64. The result does not depend on `threads`.
ValueScan scan_values(std::span<const std::byte> bytes, DType dtype, int threads);

}  // namespace anemone
