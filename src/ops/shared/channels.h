// SPDX-License-Identifier: Apache-2.0
// Parameters for each channel of [batch, channels, spatial...].
#pragma once

#include "base/error.h"
#include "base/parallel.h"
#include "ir/op_definition.h"

namespace anemone {

// Error unless the argument, when present, is a vector with one element for each channel of x.
inline void expect_channel_vector(const Arguments& args, std::string_view name) {
  if (!args.has(name) || !args.type(name).ranked) return;
  const Type& type = args.type(name);
  if (type.rank() != 1) fail("{} has rank {}, expected 1", name, type.rank());
  const Type& x = args.type("x");
  if (x.ranked && provably_different(type.shape[0], x.shape.at(1)))
    fail("{} has {} elements, but x has {} channels", name, type.shape[0].str(), x.shape[1].str());
}

// Result 0 = f(x, channel), element by element.
template <typename F>
void map_channels(const Tensor& x, Results& results, F f) {
  Tensor& y = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const int64_t channels = x.shape()[1];
  const int64_t planes = x.shape()[0] * channels;
  const int64_t inner = x.size() / planes;
  const float* from = x.as<float>().data();
  float* to = y.as<float>().data();
  parallel_for(results.threads(), planes, std::max<int64_t>(1, 16384 / inner), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const auto channel = static_cast<size_t>(plane % channels);
      for (int64_t i = plane * inner; i < (plane + 1) * inner; ++i) to[i] = f(from[i], channel);
    }
  });
}

}  // namespace anemone
