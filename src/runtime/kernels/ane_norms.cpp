// SPDX-License-Identifier: Apache-2.0
// softmax and the norms on the Neural Engine, as the chains of its operations that they are taken to be: inferred.
#include "base/parallel.h"
#include "kernels/ane/family.h"
#include "kernels/ane/reduce.h"
#include "ops/shared/reduction.h"
#include "runtime/kernel.h"

namespace anemone {
namespace {

using namespace kernels::ane;

// body(row, x, out, o) for each row along the axes; x and out point to where the row's offsets count from.
template <typename Body>
void for_each_row(const Tensor& x, const std::vector<int>& axes, Results& results, const Body& body) {
  Tensor& out = results.allocate(0, x.shape(), DType::kFloat32);
  if (x.size() == 0) return;
  const ReductionWalk walk(x.shape(), axes);
  const Row row{walk.reduced.data(), static_cast<int64_t>(walk.reduced.size())};
  const float* from = x.as<float>().data();
  float* to = out.as<float>().data();
  parallel_for(results.threads(), static_cast<int64_t>(walk.kept.size()), rows_per_piece(walk.reduced.size()),
               [&](int64_t begin, int64_t end) {
                 for (int64_t o = begin; o < end; ++o) {
                   const int64_t at = walk.kept[static_cast<size_t>(o)];
                   body(row, from + at, to + at, o);
                 }
               });
}

// gamma and beta belong to the elements of a row, or to whole rows (of channel o % channels).
void scale_and_shift(const Arguments& args, const Row& row, int64_t channel, float* out) {
  for (const char* name : {"gamma", "beta"}) {
    if (!args.has(name)) continue;
    const auto values = args.tensor(name).as<float>();
    for (int64_t i = 0; i < row.count; ++i) {
      float& value = out[row.offsets[i]];
      const float parameter = round_away(values[static_cast<size_t>(channel < 0 ? i : channel)]);
      value = round_away(name[0] == 'g' ? decoded(value) * parameter : decoded(value) + parameter);
    }
  }
}

void normalize(const Arguments& args, Results& results, const std::vector<int>& axes, bool by_row, int64_t block) {
  const float epsilon = round_away(static_cast<float>(args.number("epsilon")));
  const Tensor& x = args.tensor("x");
  const int64_t channels = by_row ? x.shape()[1] : 1;
  for_each_row(x, axes, results, [&](const Row& row, const float* from, float* to, int64_t o) {
    normalize_row(row, block, epsilon, from, to);
    scale_and_shift(args, row, by_row ? o % channels : -1, to);
  });
}

std::vector<int> axes_from(int first, int rank) {
  std::vector<int> axes;
  for (int axis = first; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

void layer_norm(const Arguments& args, Results& results, int64_t block) {
  normalize(args, results, reduction_axes(args, "axes", args.tensor("x").rank()), false, block);
}

void instance_norm(const Arguments& args, Results& results, int64_t block) {
  normalize(args, results, axes_from(2, args.tensor("x").rank()), true, block);
}

void l2_norm(const Arguments& args, Results& results, int64_t block) {
  const Tensor& x = args.tensor("x");
  const float epsilon = round_away(static_cast<float>(args.number("epsilon")));
  for_each_row(x, axes_from(x.rank() - 3, x.rank()), results,
               [&](const Row& row, const float* from, float* to, int64_t) {
                 const auto value = [&](int64_t i) { return decoded(from[row.offsets[i]]); };
                 const float sum =
                     narrow_sum(row.count, block, [&](int64_t i) { return round_significand(value(i) * value(i)); });
                 const float scale = evaluate(HalfFunction::kRsqrt, round_away(sum + epsilon));
                 for (int64_t i = 0; i < row.count; ++i) to[row.offsets[i]] = round_away(value(i) * decoded(scale));
               });
}

void softmax(const Arguments& args, Results& results, int64_t block) {
  const Tensor& x = args.tensor("x");
  for_each_row(x, {args.axis("axis", x.rank())}, results,
               [&](const Row& row, const float* from, float* to, int64_t) { softmax_row(row, block, from, to); });
}

void add(KernelTable& table, const char* op, void (*run)(const Arguments&, Results&, int64_t)) {
  table.add({op,
             [run](const Arguments& arguments, const KernelContext& context) -> std::optional<PreparedKernel> {
               if (arguments.type("x").dtype != DType::kFloat16 || arguments.type("x").rank() == 0) return std::nullopt;
               const int64_t block = context.family().reduction_block;
               return PreparedKernel{[=](const Arguments& args, Results& results) { run(args, results, block); }, {}};
             },
             true});
}

}  // namespace

void register_kernel_ane_norms(KernelTable& table);
void register_kernel_ane_norms(KernelTable& table) {
  add(table, "softmax", softmax);
  add(table, "layer_norm", layer_norm);
  add(table, "instance_norm", instance_norm);
  add(table, "l2_norm", l2_norm);
}

}  // namespace anemone
