// SPDX-License-Identifier: Apache-2.0
// One op of a program once more, with another tensor for one of the values that it takes.
#pragma once

#include <optional>

#include "tune/verify/side.h"

namespace anemone {

// Its first result; nothing where the op cannot be computed alone.
std::optional<Tensor> evaluated(const Side& side, const Op& op, ValueId changed, const Tensor& value);

}  // namespace anemone
