// SPDX-License-Identifier: Apache-2.0
// The directions in which the lines of a matrix are largest: what a product of low rank keeps. Found by simultaneous
// iteration, until another round would hardly add anything; the same for any number of threads.
#pragma once

#include <cstdint>
#include <vector>

namespace anemone {

struct Subspace {
  std::vector<double> directions;  // of length 1 and at right angles, one after another, the largest first
  std::vector<double> energies;    // of the lines along each of them
  double total = 0;                // energy of the lines
};

// `lines` holds `size` lines of `length` numbers; directions have `size` entries.
Subspace dominant_subspace(const std::vector<float>& lines, int64_t size, int64_t length, int64_t count, int threads);

}  // namespace anemone
