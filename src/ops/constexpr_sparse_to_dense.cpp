// SPDX-License-Identifier: Apache-2.0
// constexpr_sparse_to_dense: elements where a mask is 1, zeros elsewhere. Until CoreML7 the mask is a vector of bytes,
// one bit for each element, lowest first, beside the shape; since CoreML8 it is uint1 and has the shape itself.
#include <algorithm>

#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/blocks.h"
#include "ops/shared/packed_shape.h"
#include "ops/shared/sparse.h"

namespace anemone {
namespace {

// Known masks only: the ones must be as many as the elements, and the bits behind the last element 0.
void check_packed(const Arguments& args, const ConcreteShape& shape) {
  const ConcreteShape nonzero = concrete_shape(args, "nonzero_data");
  if (nonzero.size() != 1) fail("nonzero_data has rank {}, expected 1", nonzero.size());
  const Tensor* mask = args.known("mask");
  if (!mask) return;
  const Tensor bits = unpacked_bits(*mask, 1, {mask->size() * 8});
  const auto all = bits.as<uint8_t>();
  const auto count = static_cast<size_t>(product(shape));
  if (std::count(all.begin() + static_cast<ptrdiff_t>(count), all.end(), uint8_t{1}) != 0)
    fail("mask has ones behind its {} elements", count);
  const auto ones = std::count(all.begin(), all.end(), uint8_t{1});
  if (ones != nonzero[0]) fail("mask has {} ones, but nonzero_data has {} elements", ones, nonzero[0]);
}

std::vector<Type> infer(const Arguments& args) {
  const DType dtype = args.type("nonzero_data").dtype;
  if (args.opset() >= 8) {
    check_sparse(args, "mask", "nonzero_data");
    return {Type::tensor(dtype, concrete_shape(args, "mask"))};
  }
  const ConcreteShape shape = packed_shape(args, "mask", 1);
  check_packed(args, shape);
  return {Type::tensor(dtype, shape)};
}

void run(const Arguments& args, Results& results) {
  const ConcreteShape shape = infer(args)[0].concrete();
  const Tensor& mask = args.tensor("mask");
  results.set(0, densified(args.opset() >= 8 ? mask : unpacked_bits(mask, 1, shape), args.tensor("nonzero_data")));
}

}  // namespace

void register_op_constexpr_sparse_to_dense(OpTable& table) {
  OpDefinition op;
  op.name = "constexpr_sparse_to_dense";
  op.signatures = {
      signature(6, "nonzero_data: T=int8|uint8|fp16|fp32 const, mask: uint8 const, shape: uint32 const"),
      signature(8, "nonzero_data: T=int4|uint4|int8|uint8|fp16|fp32 const, mask: uint1 const"),
  };
  op.infer = infer;
  op.evaluate = run;
  const Arg nonzero("nonzero_data", floats({3}, {1, -2, 3}, DType::kFloat16));
  const Constant dense = floats({5, 2}, {0, 1, 0, -2, 0, 0, 0, 0, 3, 0}, DType::kFloat16);
  op.samples = {
      {{nonzero, {"mask", ints({2}, {0x0A, 0x01}, DType::kUInt8)}, {"shape", ints({2}, {5, 2}, DType::kUInt32)}},
       {dense},
       "by hand",
       0,
       6},
      {{nonzero, {"mask", ints({5, 2}, {0, 1, 0, 1, 0, 0, 0, 0, 1, 0}, DType::kUInt1)}}, {dense}, "by hand", 0, 8},
  };
  table.add(std::move(op));
}

}  // namespace anemone
