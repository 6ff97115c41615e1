// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tune/verify/parity.h"

namespace anemone {
struct Bisection {};
}  // namespace anemone
