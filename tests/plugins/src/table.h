// SPDX-License-Identifier: Apache-2.0
// The table that the plug-ins of this test fill.
#pragma once

#include <string>
#include <vector>

namespace anemone {

using ThingTable = std::vector<std::string>;

}  // namespace anemone
