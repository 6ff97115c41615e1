// SPDX-License-Identifier: Apache-2.0
// Ops of the Neural Engine's planar engine that are more than their formula in half: division multiplies by a
// reciprocal, pools and quantization read infinities and NaN as numbers. (Elementwise ops do so everywhere, see
// runtime/kernel.cpp.)
#include <algorithm>

#include "kernels/ane/function.h"
#include "kernels/ane/half.h"
#include "ops/ops.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using namespace kernels::ane;

std::optional<PreparedKernel> divide(const Arguments& arguments, const KernelContext&) {
  if (arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
  const bool is_constant = arguments.constant("y") != nullptr;  // its reciprocal is known beforehand, rounded once
  const auto multiply = op_table().find("mul")->evaluate;
  return PreparedKernel{[=](const Arguments& args, Results& results) {
                          const Tensor& y = args.tensor("y");
                          Tensor reciprocal(DType::kFloat32, y.shape());
                          const auto from = y.as<float>();
                          const auto to = reciprocal.as<float>();
                          if (is_constant)
                            std::transform(from.begin(), from.end(), to.begin(),
                                           [](float v) { return decoded(round_away(1 / decoded(v))); });
                          else
                            HalfTable::of(HalfFunction::kInverse).apply(from.data(), to.data(), y.size());
                          for (float& value : to) value = decoded(value);
                          Tensor x = args.tensor("x");
                          if (has_special(x.as<float>().data(), static_cast<size_t>(x.size()))) x = decoded_copy(x);
                          const std::map<std::string, Tensor> factors = {{"x", x}, {"y", reciprocal}};
                          multiply(replaced(args, factors), results);
                        },
                        {}};
}

std::optional<PreparedKernel> pool(const Arguments& arguments, const KernelContext&) {
  if (arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
  return PreparedKernel{reading_specials(op_table().find(arguments.op().type)->evaluate), {}};
}

}  // namespace

void register_kernel_ane_arithmetic(KernelTable& table);
void register_kernel_ane_arithmetic(KernelTable& table) {
  table.add({"real_div", divide, true});
  for (const char* op : {"avg_pool", "max_pool", "l2_pool"}) table.add({op, pool, true});
}

}  // namespace anemone
