// SPDX-License-Identifier: Apache-2.0
// The one way to use more than one core. Work is cut into pieces whose bounds do not depend on the thread count, so
// results never do either.
#pragma once

#include <cstdint>
#include <functional>

namespace anemone {

// Number of cores this process may use.
int hardware_threads();

// Calls body(begin, end) for pieces of at most `grain` items that together cover [0, count), on up to `threads`
// threads, and returns when all are done. The first exception of a piece is thrown again here.
void parallel_for(int threads, int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

}  // namespace anemone
