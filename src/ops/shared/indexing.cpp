// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/indexing.h"

namespace anemone {

void validate_indices(const Arguments& args, const Shape& sizes) {
  if (args.opset() < 7 || !args.flag("validate_indices")) return;
  const auto indices = args.known_integers("indices");
  if (!indices || sizes.empty()) return;
  for (size_t i = 0; i < indices->size(); ++i) {
    const Dim& size = sizes[i % sizes.size()];
    const int64_t index = (*indices)[i];
    if (index < 0 || (size.is_constant() && index >= size.value()))
      fail("index {} is outside of size {}", index, size.str());
  }
}

int64_t elements_between(const ConcreteShape& shape, size_t first, size_t last) {
  CHECK(first <= last && last <= shape.size());
  return product(ConcreteShape(shape.begin() + static_cast<std::ptrdiff_t>(first),
                               shape.begin() + static_cast<std::ptrdiff_t>(last)));
}

}  // namespace anemone
