// SPDX-License-Identifier: Apache-2.0
// Estimates from a file instead of our own: by op, as somebody read them from Core ML, or other rates.
#pragma once

#include <filesystem>

#include "placement/place.h"

namespace anemone {

// {"ops": [{"index": 3, "est_ms": {"ane": 0.1, "bnns": 0.2, "classic_cpu": 0.3, "mps_graph": 0.4}}, …],
//  "rates": {"conv.dense": {"ane": 16151.7, …}, …}}; either may be missing. Throws Error.
void read_estimates(const std::filesystem::path& path, PlaceOptions& options);

}  // namespace anemone
