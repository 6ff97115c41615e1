// SPDX-License-Identifier: Apache-2.0
// layer_norm over neighbouring axes, with constant scale and shift.
#include "kernels/norm/layer_norm.h"

#include <algorithm>

#include "runtime/kernel.h"
#include "runtime/shared/split_axes.h"

namespace anemone {
namespace {

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext&) {
  const int rank = arguments.type("x").rank();
  if (rank == 0 || (arguments.has("axes") && !arguments.known("axes"))) return std::nullopt;
  std::vector<int> axes;
  if (arguments.has("axes"))
    axes = arguments.axes("axes", rank);
  else
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  std::sort(axes.begin(), axes.end());
  for (size_t i = 1; i < axes.size(); ++i)
    if (axes[i] != axes[i - 1] + 1) return std::nullopt;
  std::optional<Tensor> gamma;
  std::optional<Tensor> beta;
  if (arguments.has("gamma") && !(gamma = constant_tensor(arguments, "gamma"))) return std::nullopt;
  if (arguments.has("beta") && !(beta = constant_tensor(arguments, "beta"))) return std::nullopt;
  const auto epsilon = static_cast<float>(arguments.number("epsilon"));
  const int first = axes.front();
  const int last = axes.back() + 1;
  PreparedKernel kernel;
  kernel.absorbed = {"gamma", "beta"};
  kernel.run = [=](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
    if (x.size() == 0) return;
    const SplitAxes split = split_axes(x.shape(), first, last);
    kernels::layer_norm(results.threads(), split.outer, split.middle, split.inner, x.as<float>().data(),
                        gamma ? gamma->as<float>().data() : nullptr, beta ? beta->as<float>().data() : nullptr, epsilon,
                        out.as<float>().data());
  };
  return kernel;
}

}  // namespace

void register_kernel_layer_norm(KernelTable& table);
void register_kernel_layer_norm(KernelTable& table) { table.add({"layer_norm", prepare}); }

}  // namespace anemone
