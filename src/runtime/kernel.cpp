// SPDX-License-Identifier: Apache-2.0
#include "runtime/kernel.h"

#include <algorithm>
#include <map>

#include "kernels/ane/family.h"
#include "kernels/ane/half.h"
#include "ops/ops.h"

namespace anemone {

const kernels::ane::Family& KernelContext::family() const {
  return options.family ? *options.family : *kernels::ane::family_of(kernels::ane::kDefaultChip);
}

bool KernelTable::serves(std::string_view op) const {
  return std::any_of(kernels_.begin(), kernels_.end(),
                     [&](const Kernel& kernel) { return !kernel.of_ane && kernel.op == op; });
}

std::optional<PreparedKernel> KernelTable::find(const Arguments& arguments, const KernelContext& context,
                                                bool of_ane) const {
  for (const Kernel& kernel : kernels_)
    if (kernel.of_ane == of_ane && kernel.op == arguments.op().type)
      if (auto prepared = kernel.prepare(arguments, context)) return prepared;
  return std::nullopt;
}

std::optional<PreparedKernel> KernelTable::prepare(const Arguments& arguments, const KernelContext& context) const {
  const bool on_ane = context.options.numerics == Numerics::kAne;
  if (on_ane)
    if (auto prepared = find(arguments, context, true)) return prepared;
  auto prepared = context.options.kernels ? find(arguments, context, false) : std::nullopt;
  const OpDefinition* definition = op_table().find(arguments.op().type);
  if (!on_ane || !definition->elementwise) return prepared;
  if (!prepared) prepared = PreparedKernel{definition->evaluate, {}};
  prepared->run = reading_specials(std::move(prepared->run));
  return prepared;
}

Tensor decoded_copy(const Tensor& tensor) {
  Tensor copy(DType::kFloat32, tensor.shape());
  const auto from = tensor.as<float>();
  std::transform(from.begin(), from.end(), copy.as<float>().begin(), kernels::ane::decoded);
  return copy;
}

Arguments replaced(const Arguments& args, const std::map<std::string, Tensor>& values) {
  const Op& op = args.op();
  const auto place = [&](const Operand& operand) -> std::pair<std::string_view, size_t> {
    for (const Argument& argument : op.arguments)
      for (size_t i = 0; i < argument.operands.size(); ++i)
        if (&argument.operands[i] == &operand) return {argument.name, i};
    fail("an operand of another op");
  };
  return bind(
      op, *op_table().find(op.type), args.opset(),
      [&](const Operand& operand) -> const Type& {
        const auto [name, index] = place(operand);
        return args.type(name, index);
      },
      [&](const Operand& operand) {
        const auto [name, index] = place(operand);
        const auto value = values.find(std::string(name));
        return value == values.end() ? args.known(name, index) : &value->second;
      },
      [&](const Operand& operand) {
        const auto [name, index] = place(operand);
        return args.constant(name, index);
      });
}

std::function<void(const Arguments&, Results&)> reading_specials(std::function<void(const Arguments&, Results&)> run) {
  return [run = std::move(run)](const Arguments& args, Results& results) {
    std::map<std::string, Tensor> copies;
    for (const Argument& argument : args.op().arguments) {
      const Tensor* value = args.known(argument.name);
      if (!value || value->dtype() != DType::kFloat32 || args.type(argument.name).dtype != DType::kFloat16) continue;
      if (kernels::ane::has_special(value->as<float>().data(), static_cast<size_t>(value->size())))
        copies[argument.name] = decoded_copy(*value);
    }
    if (copies.empty()) return run(args, results);
    run(replaced(args, copies), results);
  };
}

const KernelTable& kernel_table() {
  static const KernelTable table = [] {
    KernelTable all;
    register_all_kernel(all);
    return all;
  }();
  return table;
}

std::optional<Tensor> constant_tensor(const Arguments& arguments, std::string_view name) {
  if (const Tensor* value = arguments.known(name)) return *value;
  if (!arguments.has(name)) return std::nullopt;
  const Constant* constant = arguments.constant(name);
  if (!constant) return std::nullopt;
  Tensor tensor = constant->tensor();
  constant->release();
  return tensor;
}

}  // namespace anemone
