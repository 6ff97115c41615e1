// SPDX-License-Identifier: Apache-2.0
// An op's windows as the kernels take them.
#pragma once

#include <vector>

#include "kernels/window/window.h"
#include "ops/shared/window.h"

namespace anemone {

// The last two axes; the first must have size 1.
kernels::PlaneWindows plane_windows(const Windows& windows);

// Whether windows reach so little that rows can be laid out for them.
bool is_moderate(const WindowRule& rule, const std::vector<int64_t>& kernel);

}  // namespace anemone
