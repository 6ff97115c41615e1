// SPDX-License-Identifier: Apache-2.0
// Sums along axes on the Neural Engine, and what is made of them: narrow sums (kernels/ane/reduce.h), roots and
// logarithms from its tables. max and min are exact and need nothing of their own.
#include <map>

#include "base/parallel.h"
#include "kernels/ane/family.h"
#include "kernels/ane/reduce.h"
#include "ops/shared/reduction.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using namespace kernels::ane;

struct Rule {
  float (*term)(float);
  float (*finish)(float sum, float count);
};

float itself(float x) { return x; }
float magnitude(float x) { return std::abs(x); }
float squared(float x) { return round_significand(x * x); }
float sum_of(float sum, float) { return sum; }
float mean_of(float sum, float count) { return sum / count; }
float root_of(float sum, float) { return evaluate(HalfFunction::kSqrt, round_away(sum)); }
float log_of(float sum, float) { return evaluate(HalfFunction::kLog, round_away(sum)); }

using Finish = std::function<float(const float* x, const std::vector<int64_t>& offsets)>;

PreparedKernel reduce(const Finish& finish) {
  return {[finish](const Arguments& args, Results& results) {
            const Tensor& x = args.tensor("x");
            const auto axes = reduction_axes(args, "axes", x.rank());
            const Shape shape = reduced_shape(x.type().shape, axes, args.flag("keep_dims"));
            Tensor& out = results.allocate(0, Type::tensor(x.dtype(), shape).concrete(), DType::kFloat32);
            if (out.size() == 0) return;
            const ReductionWalk walk(x.shape(), axes);
            if (walk.reduced.empty()) fail("there are no elements to reduce");
            const float* from = x.as<float>().data();
            float* to = out.as<float>().data();
            parallel_for(results.threads(), out.size(), rows_per_piece(walk.reduced.size()),
                         [&](int64_t begin, int64_t end) {
                           for (int64_t o = begin; o < end; ++o)
                             to[o] = round_away(finish(from + walk.kept[static_cast<size_t>(o)], walk.reduced));
                         });
          },
          {}};
}

Finish narrow(const Rule& rule, int64_t block) {
  return [=](const float* x, const std::vector<int64_t>& offsets) {
    const auto count = static_cast<int64_t>(offsets.size());
    const float sum =
        narrow_sum(count, block, [&](int64_t i) { return rule.term(decoded(x[offsets[static_cast<size_t>(i)]])); });
    return rule.finish(sum, static_cast<float>(count));
  };
}

Finish log_sum_exp(int64_t block) {
  return [=](const float* x, const std::vector<int64_t>& offsets) {
    float largest = decoded(x[offsets[0]]);
    for (const int64_t offset : offsets) largest = std::max(largest, decoded(x[offset]));
    const HalfTable& power = HalfTable::of(HalfFunction::kExp);
    const float sum = narrow_sum(static_cast<int64_t>(offsets.size()), block, [&](int64_t i) {
      return power(round_away(decoded(x[offsets[static_cast<size_t>(i)]]) - largest));
    });
    return largest + log_of(sum, 0);
  };
}

void add(KernelTable& table, const std::string& op, const std::function<Finish(int64_t block)>& finish) {
  table.add({op,
             [finish](const Arguments& arguments, const KernelContext& context) -> std::optional<PreparedKernel> {
               if (arguments.type("x").dtype != DType::kFloat16) return std::nullopt;
               return reduce(finish(context.family().reduction_block));
             },
             true});
}

}  // namespace

void register_kernel_ane_reductions(KernelTable& table);
void register_kernel_ane_reductions(KernelTable& table) {
  const std::map<std::string, Rule> rules = {
      {"reduce_sum", {itself, sum_of}},        {"reduce_mean", {itself, mean_of}},
      {"reduce_l1_norm", {magnitude, sum_of}}, {"reduce_sum_square", {squared, sum_of}},
      {"reduce_l2_norm", {squared, root_of}},  {"reduce_log_sum", {itself, log_of}},
  };
  for (const auto& [op, rule] : rules) add(table, op, [rule = rule](int64_t block) { return narrow(rule, block); });
  add(table, "reduce_log_sum_exp", log_sum_exp);
}

}  // namespace anemone
