// SPDX-License-Identifier: Apache-2.0
// A split whose results go to the wrong lanes. Lanes that are joined again say which is which: when the lanes of all
// other splits arrive in their order and those of one do not, that one is crossed.
#pragma once

#include <functional>

#include "tune/verify/side.h"

namespace anemone {

// The crossed split before a concat that `wrong` accepts; nullptr when there is none.
const Op* crossed_split(const Side& side, const std::function<bool(const Op& concat)>& wrong);

}  // namespace anemone
