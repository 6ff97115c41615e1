// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax/softmax.h"

#include "runtime/kernel.h"
#include "runtime/shared/split_axes.h"

namespace anemone {
namespace {

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const SplitAxes split = split_axes(x.shape(), axis, axis + 1);
  kernels::softmax(results.threads(), split.outer, split.middle, split.inner, x.as<float>().data(),
                   out.as<float>().data());
}

}  // namespace

void register_kernel_softmax(KernelTable& table);
void register_kernel_softmax(KernelTable& table) {
  table.add({"softmax", [](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
               if (arguments.type("x").rank() == 0) return std::nullopt;
               return PreparedKernel{run, {}};
             }});
}

}  // namespace anemone
