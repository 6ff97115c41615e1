// SPDX-License-Identifier: Apache-2.0
#include "kernels/permute/permute.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext&) {
  const int rank = arguments.type("x").rank();
  if (rank == 0) return std::nullopt;
  const std::vector<int> axes = arguments.axes("perm", rank);
  const std::vector<int64_t> order(axes.begin(), axes.end());
  return PreparedKernel{[order](const Arguments& args, Results& results) {
                          const Tensor& x = args.tensor("x");
                          ConcreteShape shape;
                          for (const int64_t axis : order) shape.push_back(x.shape()[static_cast<size_t>(axis)]);
                          Tensor& out = results.allocate(0, shape, x.dtype());
                          if (out.size() == 0) return;
                          kernels::permute(results.threads(), bit_width(x.dtype()) / 8, x.shape(), order, x.bytes(),
                                           out.bytes());
                        },
                        {}};
}

}  // namespace

void register_kernel_transpose(KernelTable& table);
void register_kernel_transpose(KernelTable& table) { table.add({"transpose", prepare}); }

}  // namespace anemone
