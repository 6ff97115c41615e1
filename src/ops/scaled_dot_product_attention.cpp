// SPDX-License-Identifier: Apache-2.0
// scaled_dot_product_attention: softmax(query * transpose(key) / sqrt(E) + mask) * value over the last two axes. A bool
// mask is true where a query attends. Batch dimensions must agree: heads are not repeated.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/batch.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

constexpr int64_t kQueryBlock = 128;  // rows of scores in memory at once

void check_mask(const Type& mask, const Shape& scores) {
  if (!mask.ranked) return;
  if (mask.shape.empty() || mask.shape.size() > scores.size()) {
    fail("attn_mask has rank {}, expected 1 to {}", mask.rank(), scores.size());
  }
  const size_t shift = scores.size() - mask.shape.size();
  for (size_t i = 0; i < mask.shape.size(); ++i) {
    const bool may_broadcast = !provably_different(mask.shape[i], 1) && shift + i + 1 < scores.size();
    if (!may_broadcast && provably_different(mask.shape[i], scores[shift + i])) {
      fail("attn_mask {} does not fit scores {}", mask.str(), Type::tensor(mask.dtype, scores).str());
    }
  }
}

std::vector<Type> infer(const Arguments& args) {
  const Type& query = args.type("query");
  const Type& key = args.type("key");
  const Type& value = args.type("value");
  if (!query.ranked || !key.ranked || !value.ranked) return {Type::unranked(query.dtype)};
  const size_t rank = query.shape.size();
  if (key.shape.size() != rank || value.shape.size() != rank) fail("query, key and value differ in rank");
  if (rank < 3) fail("query has rank {}, expected at least 3", rank);
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (provably_different(query.shape[i], key.shape[i]) || provably_different(query.shape[i], value.shape[i])) {
      fail("batch dimensions of query {}, key {} and value {} differ", query.str(), key.str(), value.str());
    }
  }
  if (provably_different(query.shape.back(), key.shape.back())) {
    fail("query {} and key {} differ in their last dimension", query.str(), key.str());
  }
  if (provably_different(key.shape[rank - 2], value.shape[rank - 2])) {
    fail("key {} and value {} differ in sequence length", key.str(), value.str());
  }
  Shape scores = query.shape;
  scores.back() = key.shape[rank - 2];
  if (args.has("attn_mask")) check_mask(args.type("attn_mask"), scores);
  Shape shape = query.shape;
  shape.back() = value.shape.back();
  return {Type::tensor(query.dtype, shape)};
}

// The mask as values to add, one row for each (batch, query); empty when there is none.
struct Mask {
  std::vector<float> values;
  std::vector<int64_t> rows;

  Mask(const Arguments& args, const ConcreteShape& scores) {
    if (!args.has("attn_mask")) return;
    const Tensor& mask = args.tensor("attn_mask");
    values.reserve(static_cast<size_t>(mask.size()));
    if (mask.dtype() == DType::kBool) {
      for (const bool attends : mask.as<bool>()) {
        values.push_back(attends ? 0.0F : -std::numeric_limits<float>::infinity());
      }
    } else {
      const auto floats = mask.as<float>();
      values.assign(floats.begin(), floats.end());
    }
    rows = batch_offsets(batch_of(mask.shape(), 1), batch_of(scores, 1), scores.back());
  }
  const float* row(int64_t index) const {
    return rows.empty() ? nullptr : values.data() + rows[static_cast<size_t>(index)];
  }
};

// softmax of scale * scores + mask. The sum is float64 in order of the keys.
void softmax_row(float* scores, int64_t count, float scale, const float* mask) {
  float largest = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    scores[i] = scores[i] / scale + (mask == nullptr ? 0.0F : mask[i]);
    largest = std::max(largest, scores[i]);
  }
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    scores[i] = std::exp(scores[i] - largest);
    sum += static_cast<double>(scores[i]);
  }
  for (int64_t i = 0; i < count; ++i) scores[i] = static_cast<float>(static_cast<double>(scores[i]) / sum);
}

struct Sizes {
  int64_t queries, keys, embedding, width;
};

// Rows [begin, end) of one batch's result.
void attend(const Sizes& sizes, const float* query, const float* key, const float* value, const Mask& mask,
            int64_t first_row, int64_t rows, float* out) {
  std::vector<float> scores(static_cast<size_t>(rows * sizes.keys));
  const auto query_rows = strided_offsets(rows, sizes.embedding);
  const auto embedding = strided_offsets(sizes.embedding, 1);
  const auto key_rows = strided_offsets(sizes.keys, sizes.embedding);
  const auto score_rows = strided_offsets(rows, sizes.keys);
  const auto keys = strided_offsets(sizes.keys, 1);
  const auto value_rows = strided_offsets(sizes.keys, sizes.width);
  const auto out_rows = strided_offsets(rows, sizes.width);
  const auto width = strided_offsets(sizes.width, 1);
  multiply<float>({query, query_rows, embedding}, {key, embedding, key_rows}, {scores.data(), score_rows, keys}, 1);
  const float scale = std::sqrt(static_cast<float>(sizes.embedding));
  for (int64_t i = 0; i < rows; ++i)
    softmax_row(scores.data() + i * sizes.keys, sizes.keys, scale, mask.row(first_row + i));
  multiply<float>({scores.data(), score_rows, keys}, {value, value_rows, width}, {out, out_rows, width}, 1);
}

void run(const Arguments& args, Results& results) {
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
  const Mask mask(args, scores);
  const int64_t blocks = sizes.queries == 0 ? 0 : (sizes.queries - 1) / kQueryBlock + 1;
  parallel_for(results.threads(), product(batch_of(query.shape())) * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      const int64_t batch = item / blocks;
      const int64_t row = item % blocks * kQueryBlock;
      const int64_t first = batch * sizes.queries + row;
      attend(sizes, query.as<float>().data() + first * sizes.embedding,
             key.as<float>().data() + batch * sizes.keys * sizes.embedding,
             value.as<float>().data() + batch * sizes.keys * sizes.width, mask, first,
             std::min(kQueryBlock, sizes.queries - row), out.as<float>().data() + first * sizes.width);
    }
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  const Type& key = args.type("key");
  const double keys = key.is_concrete() ? static_cast<double>(key.shape[key.shape.size() - 2].value()) : 0;
  return cost_of(args, outputs, 2 * keys * (elements(args.type("query")) + elements(outputs[0])));
}

std::vector<Sample> samples() {
  const Arg query{"query", floats({1, 2, 2}, {1, 0, 0.5F, -1})};
  const Arg key{"key", floats({1, 3, 2}, {1, 2, 0, -1, 3, 0.5F})};
  const Arg value{"value", floats({1, 3, 1}, {1, 2, -4})};
  const std::string origin = "PyTorch 2.13";
  return {
      {{query, key, value}, {floats({1, 2, 1}, {-2.5804569721F, -0.8427118063F})}, origin},
      {{query, key, value, {"attn_mask", bools({2, 3}, {true, true, false, true, false, true})}},
       {floats({1, 2, 1}, {1.3302383423F, -3.2708988190F})},
       origin},
      {{query, key, value, {"attn_mask", floats({1, 1, 3}, {0, -1, -10000})}},
       {floats({1, 2, 1}, {1.1535392999F, 1.6830375195F})},
       origin},
  };
}

}  // namespace

void register_op_scaled_dot_product_attention(OpTable& table) {
  OpDefinition op;
  op.name = "scaled_dot_product_attention";
  op.signatures = {signature(8, "query: T=fp16|fp32, key: T, value: T, attn_mask: M=bool|fp16|fp32 ?")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
