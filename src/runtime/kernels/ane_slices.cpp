// SPDX-License-Identifier: Apache-2.0
// Engines before H16 move a slice that starts inside the last axis through fixed-point numbers scaled by 16: what does
// not fit becomes infinite.
#include <cmath>
#include <limits>

#include "kernels/ane/family.h"
#include "ops/ops.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

bool starts_inside(const Arguments& args) {
  const std::vector<int64_t> begin = args.integers("begin");
  if (begin.empty() || begin.back() == 0) return false;
  const bool has_mask = args.op().type == "slice_by_index" && args.has("begin_mask");
  return !has_mask || !args.flags("begin_mask").back();
}

std::optional<PreparedKernel> prepare(const Arguments& arguments, const KernelContext& context) {
  const float widest = context.family().widest_slice;
  if (widest == 0 || arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
  const auto evaluate = op_table().find(arguments.op().type)->evaluate;
  return PreparedKernel{
      [=](const Arguments& args, Results& results) {
        const Tensor& x = args.tensor("x");
        if (!starts_inside(args)) return evaluate(args, results);
        Tensor clamped(DType::kFloat32, x.shape());
        const auto from = x.as<float>();
        const auto to = clamped.as<float>();
        for (size_t i = 0; i < from.size(); ++i)
          to[i] = std::abs(from[i]) > widest ? std::copysign(std::numeric_limits<float>::infinity(), from[i]) : from[i];
        const std::map<std::string, Tensor> values = {{"x", clamped}};
        evaluate(replaced(args, values), results);
      },
      {}};
}

}  // namespace

void register_kernel_ane_slices(KernelTable& table);
void register_kernel_ane_slices(KernelTable& table) {
  for (const char* op : {"slice_by_index", "slice_by_size"}) table.add({op, prepare, true});
}

}  // namespace anemone
