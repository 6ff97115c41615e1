// SPDX-License-Identifier: Apache-2.0
// constexpr_lut_to_dense and constexpr_lut_to_sparse: palettized constants. Until CoreML7 one table of 2, 4, 16, 64 or
// 256 numbers and indices packed into bytes, lowest bits first, beside the shape; since CoreML8 tables over blocks.
#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/blocks.h"
#include "ops/shared/lookup.h"
#include "ops/shared/packed_shape.h"
#include "ops/shared/sparse.h"

namespace anemone {
namespace {

// Bits of an index into a single table.
int index_bits(const Arguments& args) {
  const ConcreteShape lut = concrete_shape(args, "lut");
  if (lut.size() != 1) fail("lut has rank {}, expected 1", lut.size());
  for (const int bits : {1, 2, 4, 6, 8})
    if (lut[0] == int64_t{1} << bits) return bits;
  fail("lut has {} entries, expected 2, 4, 16, 64 or 256", lut[0]);
}

LookupRule dense_rule(const Arguments& args) {
  return lookup_rule(args, concrete_shape(args, "indices"), args.type("indices").dtype, "indices");
}

std::vector<Type> infer_dense(const Arguments& args) {
  const DType dtype = args.type("lut").dtype;
  if (args.opset() >= 8) return {Type::tensor(dtype, dense_rule(args).result)};
  return {Type::tensor(dtype, packed_shape(args, "indices", index_bits(args)))};
}

void run_dense(const Arguments& args, Results& results) {
  const ConcreteShape shape = infer_dense(args)[0].concrete();
  const Tensor& lut = args.tensor("lut");
  if (args.opset() >= 8)
    return results.set(0, looked_up(dense_rule(args), args.tensor("indices"), lut, results.threads()));
  const Tensor indices = unpacked_bits(args.tensor("indices"), index_bits(args), {product(shape)});
  const LookupRule rule{1, 0, indices.shape()};
  results.set(0, looked_up(rule, indices, lut.reshaped({1, lut.size(), 1}), results.threads()).reshaped(shape));
}

LookupRule sparse_rule(const Arguments& args) {
  check_sparse(args, "indices_mask", "indices_nonzero_data");
  return lookup_rule(args, concrete_shape(args, "indices_mask"), args.type("indices_nonzero_data").dtype,
                     "indices_mask");
}

std::vector<Type> infer_sparse(const Arguments& args) {
  const LookupRule rule = sparse_rule(args);
  const int64_t count = product({concrete_shape(args, "indices_nonzero_data")[0], rule.width});
  return {Type::tensor(DType::kUInt1, rule.result), Type::tensor(args.type("lut").dtype, ConcreteShape{count})};
}

void run_sparse(const Arguments& args, Results& results) {
  const LookupRule rule = sparse_rule(args);
  const Tensor& mask = args.tensor("indices_mask");
  const Tensor dense =
      looked_up(rule, densified(mask, args.tensor("indices_nonzero_data")), args.tensor("lut"), results.threads());
  const Tensor wide_mask = repeated(rule, mask);
  results.set(0, wide_mask);
  results.set(1, sparsified(wide_mask, dense));
}

std::vector<Sample> dense_samples() {
  return {
      {{{"indices", ints({2}, {0x39, 0x02}, DType::kUInt8)},
        {"lut", floats({4}, {0.5F, -1, 2, 7})},
        {"shape", ints({2}, {1, 5}, DType::kUInt32)}},
       {floats({1, 5}, {-1, 2, 7, 0.5F, 2})},
       "by hand",
       0,
       6},
      {{{"indices", ints({6, 2}, {2, 3, 3, 0, 1, 0, 3, 0, 2, 1, 0, 3}, DType::kUInt2)},
        {"lut", floats({2, 1, 4, 1}, {1, 5, 9, 13, 2, 10, 18, 26}, DType::kFloat16)}},
       {floats({6, 2}, {9, 13, 13, 1, 5, 1, 26, 2, 18, 10, 2, 26}, DType::kFloat16)},
       "coremltools 9 documentation",
       0,
       8},
      {{{"indices", ints({2, 2}, {0, 1, 1, 0}, DType::kUInt1)},
        {"lut", ints({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}, DType::kInt8)},
        {"vector_axis", 0}},
       {ints({6, 2}, {1, 4, 2, 5, 3, 6, 4, 1, 5, 2, 6, 3}, DType::kInt8)},
       "by hand",
       0,
       8},
  };
}

}  // namespace

void register_op_constexpr_lut_to_dense(OpTable& table) {
  OpDefinition dense;
  dense.name = "constexpr_lut_to_dense";
  const std::string rest = ", lut: T=int8|uint8|fp16|fp32 const";
  const std::string index_types = "IndicesT=uint1|uint2|uint3|uint4|uint6|uint8 const";
  dense.signatures = {
      signature(6, "indices: uint8 const" + rest + ", shape: uint32 const"),
      signature(8, "indices: " + index_types + rest + ", vector_axis: int32 const ?"),
  };
  dense.infer = infer_dense;
  dense.evaluate = run_dense;
  dense.samples = dense_samples();
  table.add(std::move(dense));

  OpDefinition sparse;
  sparse.name = "constexpr_lut_to_sparse";
  sparse.signatures = {signature(
      8, "indices_mask: uint1 const, indices_nonzero_data: " + index_types + rest + ", vector_axis: int32 const ?")};
  sparse.infer = infer_sparse;
  sparse.evaluate = run_sparse;
  sparse.samples = {{{{"indices_mask", ints({1, 3}, {1, 0, 1}, DType::kUInt1)},
                      {"indices_nonzero_data", ints({2}, {0, 1}, DType::kUInt1)},
                      {"lut", floats({1, 1, 2, 2}, {1, 2, 3, 4})},
                      {"vector_axis", 0}},
                     {ints({2, 3}, {1, 0, 1, 1, 0, 1}, DType::kUInt1), floats({4}, {1, 3, 2, 4})},
                     "by hand",
                     0,
                     0}};
  table.add(std::move(sparse));
}

}  // namespace anemone
