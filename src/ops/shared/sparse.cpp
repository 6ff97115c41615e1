// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/sparse.h"

#include <algorithm>

#include "base/bits.h"
#include "base/error.h"
#include "ops/shared/blocks.h"

namespace anemone {

void check_sparse(const Arguments& args, std::string_view mask, std::string_view nonzero) {
  const ConcreteShape shape = concrete_shape(args, mask);
  const ConcreteShape values = concrete_shape(args, nonzero);
  if (shape.empty()) fail("{} is a scalar", mask);
  if (values.size() != 1) fail("{} has rank {}, expected 1", nonzero, values.size());
  if (values[0] > product(shape)) fail("{} has {} elements, {} only {}", nonzero, values[0], mask, product(shape));
  const Tensor* known = args.known(mask);
  if (!known) return;
  const auto bits = known->as<uint8_t>();
  const auto ones = static_cast<int64_t>(bits.size()) - std::count(bits.begin(), bits.end(), uint8_t{0});
  if (ones != values[0]) fail("{} has {} ones, but {} has {} elements", mask, ones, nonzero, values[0]);
}

Tensor densified(const Tensor& mask, const Tensor& nonzero) {
  Tensor dense(nonzero.dtype(), mask.shape());
  const auto bits = mask.as<uint8_t>();
  with_element_type(nonzero.dtype(), [&](auto element) {
    using T = decltype(element);
    const auto from = nonzero.as<T>();
    auto to = dense.as<T>();
    size_t next = 0;
    for (size_t i = 0; i < to.size(); ++i) to[i] = bits[i] ? from[next++] : T{};
    CHECK(next == from.size());
  });
  return dense;
}

Tensor sparsified(const Tensor& mask, const Tensor& dense) {
  const auto bits = mask.as<uint8_t>();
  const auto zeros = std::count(bits.begin(), bits.end(), uint8_t{0});
  Tensor nonzero(dense.dtype(), {mask.size() - zeros});
  with_element_type(dense.dtype(), [&](auto element) {
    using T = decltype(element);
    const auto from = dense.as<T>();
    auto to = nonzero.as<T>();
    size_t next = 0;
    for (size_t i = 0; i < from.size(); ++i)
      if (bits[i]) to[next++] = from[i];
  });
  return nonzero;
}

Tensor unpacked_bits(const Tensor& bytes, int bits, ConcreteShape shape) {
  Tensor result(DType::kUInt8, std::move(shape));
  const auto from = bytes.as<uint8_t>();
  unpack_bits(from.data(), from.size(), bits, result.size(), result.as<uint8_t>().data());
  return result;
}

}  // namespace anemone
