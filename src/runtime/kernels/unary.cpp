// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of floats, vectorised.
#include <map>

#include "base/parallel.h"
#include "kernels/elementwise/elementwise.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using kernels::Unary;

constexpr int64_t kGrain = 16384;

PreparedKernel elementwise(Unary function, float parameter) {
  return {[=](const Arguments& args, Results& results) {
            const Tensor& x = args.tensor("x");
            Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
            const float* from = x.as<float>().data();
            float* to = out.as<float>().data();
            parallel_for(results.threads(), x.size(), kGrain, [&](int64_t begin, int64_t end) {
              kernels::unary(function, from + begin, to + begin, end - begin, parameter);
            });
          },
          {}};
}

bool applies(const Arguments& arguments) { return is_float(arguments.type("x").dtype); }

void add_plain(KernelTable& table, const std::string& op, Unary function) {
  table.add({op, [function](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
               if (!applies(arguments)) return std::nullopt;
               return elementwise(function, 0.0F);
             }});
}

// rsqrt, inverse and log add their epsilon first.
void add_with_epsilon(KernelTable& table, const std::string& op, Unary function) {
  table.add({op, [function](const Arguments& arguments, const KernelContext&) -> std::optional<PreparedKernel> {
               if (!applies(arguments)) return std::nullopt;
               if (arguments.has("epsilon") && !arguments.known("epsilon")) return std::nullopt;
               return elementwise(function, static_cast<float>(arguments.number("epsilon")));
             }});
}

std::optional<PreparedKernel> gelu(const Arguments& arguments, const KernelContext&) {
  static const std::map<std::string, Unary> kModes = {{"EXACT", Unary::kGelu},
                                                      {"TANH_APPROXIMATION", Unary::kGeluTanh},
                                                      {"SIGMOID_APPROXIMATION", Unary::kGeluSigmoid}};
  const auto mode = kModes.find(arguments.text("mode"));
  if (!applies(arguments) || mode == kModes.end()) return std::nullopt;
  return elementwise(mode->second, 0.0F);
}

}  // namespace

void register_kernel_unary(KernelTable& table);
void register_kernel_unary(KernelTable& table) {
  const std::map<std::string, Unary> plain = {
      {"abs", Unary::kAbs},   {"erf", Unary::kErf},       {"exp", Unary::kExp},
      {"relu", Unary::kRelu}, {"sqrt", Unary::kSqrt},     {"sigmoid", Unary::kSigmoid},
      {"silu", Unary::kSilu}, {"square", Unary::kSquare}, {"tanh", Unary::kTanh}};
  for (const auto& [op, function] : plain) add_plain(table, op, function);
  add_with_epsilon(table, "rsqrt", Unary::kRsqrt);
  add_with_epsilon(table, "inverse", Unary::kInverse);
  add_with_epsilon(table, "log", Unary::kLog);
  table.add({"gelu", gelu});
}

}  // namespace anemone
