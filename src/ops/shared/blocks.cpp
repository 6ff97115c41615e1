// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/blocks.h"

#include <cmath>

namespace anemone {

void expect_finite(const Arguments& args, std::string_view name) {
  const Tensor* values = args.known(name);
  if (!values || values->dtype() != DType::kFloat32) return;
  for (const float value : values->as<float>())
    if (!std::isfinite(value)) fail("{} contains {}", name, value);
}

}  // namespace anemone
