// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/sorting.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "ops/shared/indexing.h"

namespace anemone {
namespace {

// Whether a is smaller than b, NaN being the largest.
template <typename T>
bool smaller(T a, T b) {
  return a < b || (b != b && a == a);
}

}  // namespace

void visit_sorted(const Tensor& x, int axis, int64_t count, bool ascending,
                  const std::function<void(int64_t, int64_t, std::span<const int64_t>)>& visit) {
  const auto at = static_cast<size_t>(axis);
  const int64_t size = x.shape()[at];
  const int64_t stride = elements_between(x.shape(), at + 1, x.shape().size());
  CHECK(count >= 0 && count <= size);
  if (x.size() == 0) return;
  std::vector<int64_t> order(static_cast<size_t>(size));
  with_element_type(x.dtype(), [&](auto element) {
    const auto values = x.as<decltype(element)>();
    for (int64_t line = 0; line < x.size() / size; ++line) {
      const int64_t first = line / stride * stride * size + line % stride;
      const auto value = [&](int64_t i) { return values[static_cast<size_t>(first + i * stride)]; };
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](int64_t a, int64_t b) {
        const auto left = value(ascending ? a : b);
        const auto right = value(ascending ? b : a);
        if (smaller(left, right)) return true;
        return !smaller(right, left) && a < b;
      });
      visit(first, stride, std::span(order).first(static_cast<size_t>(count)));
    }
  });
}

}  // namespace anemone
