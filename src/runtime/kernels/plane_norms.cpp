// SPDX-License-Identifier: Apache-2.0
// Norms of the planes of [batch, channels, spatial...]: by their own moments, or by stored ones.
#include <cmath>

#include "base/parallel.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/norm/layer_norm.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::Binary;

constexpr int64_t kWorth = 16384;  // elements that are worth waking a thread

const float* numbers(const Arguments& args, const char* name) {
  return args.has(name) ? args.tensor(name).as<float>().data() : nullptr;
}

// Calls norm(planes [begin, end), from, to) and then applies gamma and beta of each plane's channel.
template <typename Norm>
void for_planes(const Arguments& args, Results& results, const Norm& norm) {
  const Tensor& x = args.tensor("x");
  Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const int64_t channels = x.shape()[1];
  const int64_t planes = x.shape()[0] * channels;
  const int64_t size = x.size() / planes;
  const float* gamma = numbers(args, "gamma");
  const float* beta = numbers(args, "beta");
  parallel_for(results.threads(), planes, std::max<int64_t>(1, kWorth / size), [&](int64_t begin, int64_t end) {
    norm(begin, end, size, x.as<float>().data() + begin * size, out.as<float>().data() + begin * size);
    for (int64_t plane = begin; plane < end; ++plane) {
      float* y = out.as<float>().data() + plane * size;
      if (gamma) kernels::binary_scalar(Binary::kMul, y, gamma[plane % channels], y, size);
      if (beta) kernels::binary_scalar(Binary::kAdd, y, beta[plane % channels], y, size);
    }
  });
}

void run_instance_norm(const Arguments& args, Results& results) {
  const auto epsilon = static_cast<float>(args.number("epsilon"));
  for_planes(args, results, [&](int64_t begin, int64_t end, int64_t size, const float* from, float* to) {
    kernels::layer_norm(1, end - begin, size, 1, from, nullptr, nullptr, epsilon, to);
  });
}

void run_batch_norm(const Arguments& args, Results& results) {
  const auto mean = args.tensor("mean").as<float>();
  const auto variance = args.tensor("variance").as<float>();
  const double epsilon = args.number("epsilon");
  std::vector<float> scale(mean.size());
  for (size_t c = 0; c < scale.size(); ++c)
    scale[c] = static_cast<float>(1 / std::sqrt(static_cast<double>(variance[c]) + epsilon));
  for_planes(args, results, [&](int64_t begin, int64_t end, int64_t size, const float* from, float* to) {
    for (int64_t plane = begin; plane < end; ++plane, from += size, to += size) {
      const auto channel = static_cast<size_t>(plane) % mean.size();
      kernels::binary_scalar(Binary::kSub, from, mean[channel], to, size);
      kernels::binary_scalar(Binary::kMul, to, scale[channel], to, size);
    }
  });
}

template <void (*kRun)(const Arguments&, Results&)>
std::optional<PreparedKernel> prepare(const Arguments& args, const KernelContext&) {
  if (!args.type("x").ranked || args.type("x").rank() < 3) return std::nullopt;
  return PreparedKernel{kRun, {}};
}

}  // namespace

void register_kernel_plane_norms(KernelTable& table);
void register_kernel_plane_norms(KernelTable& table) {
  table.add({"instance_norm", prepare<run_instance_norm>});
  table.add({"batch_norm", prepare<run_batch_norm>});
}

}  // namespace anemone
