// SPDX-License-Identifier: Apache-2.0
// scaled_dot_product_attention on the Neural Engine, as the chain of its operations: inferred.
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "kernels/ane/family.h"
#include "kernels/ane/mac.h"
#include "kernels/ane/reduce.h"
#include "ops/shared/gemm.h"
#include "runtime/kernel.h"
#include "runtime/shared/broadcast.h"

namespace anemone {
namespace {

using namespace kernels::ane;

struct Sizes {
  int64_t queries, keys, embedding, width;
};

// Where the mask of each (batch, query, key) lies; a bool mask is true where a query attends.
class Mask {
 public:
  Mask(const Arguments& args, ConcreteShape scores) {
    if (!args.has("attn_mask")) return;
    const Tensor& mask = args.tensor("attn_mask");
    strides_ = broadcast_strides(mask.shape(), scores, 1);
    scores_ = std::move(scores);
    if (mask.dtype() == DType::kBool) {
      for (const bool attends : mask.as<bool>())
        values_.push_back(attends ? 0.0F : -std::numeric_limits<float>::infinity());
    } else {
      const auto floats = mask.as<float>();
      values_.assign(floats.begin(), floats.end());
    }
  }

  // Adds the mask of row `row` (of batches and queries) to its scores.
  void add(int64_t row, float* scores) const {
    if (values_.empty()) return;
    int64_t at = 0;
    for (size_t axis = scores_.size() - 1; axis-- > 0; row /= scores_[axis]) at += row % scores_[axis] * strides_[axis];
    for (int64_t i = 0; i < scores_.back(); ++i)
      scores[i] = round_away(decoded(scores[i]) + decoded(values_[static_cast<size_t>(at + i * strides_.back())]));
  }

 private:
  ConcreteShape scores_;
  std::vector<int64_t> strides_;
  std::vector<float> values_;
};

// One batch.
void attend(const Sizes& sizes, int64_t block, const float* query, const float* key, const float* value,
            const Mask& mask, int64_t first_row, float* out) {
  const auto query_rows = strided_offsets(sizes.queries, sizes.embedding);
  const auto embedding = strided_offsets(sizes.embedding, 1);
  const auto key_rows = strided_offsets(sizes.keys, sizes.embedding);
  const auto score_rows = strided_offsets(sizes.queries, sizes.keys);
  const auto keys = strided_offsets(sizes.keys, 1);
  const auto value_rows = strided_offsets(sizes.keys, sizes.width);
  const auto out_rows = strided_offsets(sizes.queries, sizes.width);
  const auto width = strided_offsets(sizes.width, 1);
  std::vector<float> scores(static_cast<size_t>(sizes.queries * sizes.keys));
  mac(1, {query, query_rows, embedding}, MacColumns(1, {key, embedding, key_rows}), {},
      {scores.data(), score_rows, keys});
  const float scale = round_away(1 / std::sqrt(static_cast<float>(sizes.embedding)));
  for (int64_t i = 0; i < sizes.queries; ++i) {
    float* row = scores.data() + i * sizes.keys;
    for (int64_t j = 0; j < sizes.keys; ++j) row[j] = round_away(decoded(row[j]) * scale);
    mask.add(first_row + i, row);
    softmax_row({keys.data(), sizes.keys}, block, row, row);
  }
  mac(1, {scores.data(), score_rows, keys}, MacColumns(1, {value, value_rows, width}), {}, {out, out_rows, width});
}

void run(const Arguments& args, Results& results, int64_t block) {
  const Tensor& query = args.tensor("query");
  const Tensor& key = args.tensor("key");
  const Tensor& value = args.tensor("value");
  const size_t rank = query.shape().size();
  const Sizes sizes{query.shape()[rank - 2], key.shape()[rank - 2], query.shape().back(), value.shape().back()};
  ConcreteShape scores = query.shape();
  scores.back() = sizes.keys;
  ConcreteShape shape = query.shape();
  shape.back() = sizes.width;
  Tensor& out = results.allocate(0, shape, DType::kFloat32);
  if (out.size() == 0) return;
  const Mask mask(args, scores);
  parallel_for(results.threads(), out.size() / (sizes.queries * sizes.width), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      attend(sizes, block, query.as<float>().data() + i * sizes.queries * sizes.embedding,
             key.as<float>().data() + i * sizes.keys * sizes.embedding,
             value.as<float>().data() + i * sizes.keys * sizes.width, mask, i * sizes.queries,
             out.as<float>().data() + i * sizes.queries * sizes.width);
  });
}

}  // namespace

void register_kernel_ane_attention(KernelTable& table);
void register_kernel_ane_attention(KernelTable& table) {
  table.add({"scaled_dot_product_attention",
             [](const Arguments& arguments, const KernelContext& context) -> std::optional<PreparedKernel> {
               if (arguments.type("query").dtype != DType::kFloat16) return std::nullopt;
               const int64_t block = context.family().reduction_block;
               return PreparedKernel{[=](const Arguments& args, Results& results) { run(args, results, block); }, {}};
             },
             true});
}

}  // namespace anemone
