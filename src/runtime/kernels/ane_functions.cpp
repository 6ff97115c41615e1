// SPDX-License-Identifier: Apache-2.0
// Functions of one half on the Neural Engine. A result depends on 16 bits only, so each op becomes a table of all of
// them, with its constants and every rounding on the way.
#include <map>
#include <memory>

#include "base/parallel.h"
#include "kernels/ane/function.h"
#include "kernels/ane/half.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::ane::decoded;
using kernels::ane::evaluate;
using kernels::ane::HalfFunction;
using kernels::ane::HalfTable;
using kernels::ane::round_away;

constexpr int64_t kGrain = 16384;

PreparedKernel look_up(const std::shared_ptr<const HalfTable>& table) {
  return {[table](const Arguments& args, Results& results) {
            const Tensor& x = args.tensor("x");
            Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
            const float* from = x.as<float>().data();
            float* to = out.as<float>().data();
            parallel_for(results.threads(), x.size(), kGrain,
                         [&](int64_t begin, int64_t end) { table->apply(from + begin, to + begin, end - begin); });
          },
          {}};
}

// Makes the function that an op with these arguments is; x is decoded.
using Maker = std::function<std::function<float(float)>(const Arguments&)>;

void add(KernelTable& table, const std::string& op, const std::vector<std::string>& constants, const Maker& make) {
  table.add({op,
             [=](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
               if (arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
               for (const std::string& name : constants)
                 if (arguments.has(name) && !arguments.known(name)) return std::nullopt;
               const auto function = make(arguments);
               return look_up(std::make_shared<HalfTable>([&](float x) { return round_away(function(decoded(x))); }));
             },
             true});
}

void add_plain(KernelTable& table, const std::string& op, HalfFunction function) {
  table.add({op,
             [=](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
               if (arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
               return look_up({std::shared_ptr<void>(), &HalfTable::of(function)});
             },
             true});
}

float half_number(const Arguments& args, const char* name) { return round_away(static_cast<float>(args.number(name))); }

// rsqrt, inverse and log add their epsilon first.
Maker after_epsilon(HalfFunction function) {
  return [=](const Arguments& args) {
    const float epsilon = half_number(args, "epsilon");
    return [=](float x) { return evaluate(function, round_away(x + epsilon)); };
  };
}

std::function<float(float)> gelu(const Arguments& args) {
  if (args.text("mode") != "SIGMOID_APPROXIMATION") return [](float x) { return evaluate(HalfFunction::kGelu, x); };
  return
      [factor = round_away(1.702F)](float x) { return x * evaluate(HalfFunction::kSigmoid, round_away(x * factor)); };
}

std::function<float(float)> elu(const Arguments& args) {
  return [alpha = half_number(args, "alpha")](float x) {
    return x >= 0 ? x : alpha * round_away(evaluate(HalfFunction::kExp, x) - 1);
  };
}

std::function<float(float)> scaled_tanh(const Arguments& args) {
  return [alpha = half_number(args, "alpha"), beta = half_number(args, "beta")](float x) {
    return alpha * evaluate(HalfFunction::kTanh, round_away(beta * x));
  };
}

std::function<float(float)> softsign(const Arguments&) {
  return [](float x) { return x * decoded(evaluate(HalfFunction::kInverse, round_away(1 + std::abs(x)))); };
}

}  // namespace

void register_kernel_ane_functions(KernelTable& table);
void register_kernel_ane_functions(KernelTable& table) {
  const std::map<std::string, HalfFunction> plain = {
      {"cos", HalfFunction::kCos},   {"erf", HalfFunction::kErf},           {"exp", HalfFunction::kExp},
      {"exp2", HalfFunction::kExp2}, {"sigmoid", HalfFunction::kSigmoid},   {"silu", HalfFunction::kSilu},
      {"sin", HalfFunction::kSin},   {"softplus", HalfFunction::kSoftplus}, {"sqrt", HalfFunction::kSqrt},
      {"tanh", HalfFunction::kTanh}};
  for (const auto& [op, function] : plain) add_plain(table, op, function);
  add(table, "rsqrt", {"epsilon"}, after_epsilon(HalfFunction::kRsqrt));
  add(table, "inverse", {"epsilon"}, after_epsilon(HalfFunction::kInverse));
  add(table, "log", {"epsilon"}, after_epsilon(HalfFunction::kLog));
  add(table, "gelu", {"mode"}, gelu);
  add(table, "elu", {"alpha"}, elu);
  add(table, "scaled_tanh", {"alpha", "beta"}, scaled_tanh);
  add(table, "softsign", {}, softsign);
}

}  // namespace anemone
