// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared/broadcast.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {

ConcreteShape broadcast_shape(const ConcreteShape& a, const ConcreteShape& b) {
  ConcreteShape result(std::max(a.size(), b.size()), 1);
  for (const ConcreteShape* shape : {&a, &b}) {
    const size_t skip = result.size() - shape->size();
    for (size_t i = 0; i < shape->size(); ++i) {
      const int64_t size = (*shape)[i];
      CHECK(size == 1 || result[skip + i] == 1 || result[skip + i] == size);
      if (size != 1) result[skip + i] = size;
    }
  }
  return result;
}

std::vector<int64_t> broadcast_strides(const ConcreteShape& shape, const ConcreteShape& result, int64_t item) {
  std::vector<int64_t> strides(result.size(), 0);
  const size_t skip = result.size() - shape.size();
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1) strides[skip + i] = item;
    item *= shape[i];
  }
  return strides;
}

}  // namespace anemone
