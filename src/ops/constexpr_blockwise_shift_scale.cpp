// SPDX-License-Identifier: Apache-2.0
// constexpr_blockwise_shift_scale: scale * (data - offset), with a scale and an offset for each block; and the same for
// the non-zero elements of a sparse constant, whose blocks are those of their dense positions.
#include "base/error.h"
#include "ops/ops.h"
#include "ops/shared/blocks.h"
#include "ops/shared/sparse.h"

namespace anemone {
namespace {

void check(const Arguments& args, const ConcreteShape& data, const char* data_name, DType data_type) {
  const ConcreteShape scale = concrete_shape(args, "scale");
  if (data.empty()) fail("{} is a scalar", data_name);
  if (scale.size() != data.size())
    fail("scale has rank {}, expected that of {}, {}", scale.size(), data_name, data.size());
  expect_blocks(data, scale, "scale", data_name);
  expect_finite(args, "scale");
  if (!args.has("offset")) return;
  const Type& offset = args.type("offset");
  if (concrete_shape(args, "offset") != scale)
    fail("offset is {}, expected the shape of scale, {}", offset.str(), to_string(scale));
  if (!is_float(offset.dtype) && offset.dtype != data_type)
    fail("offset has element type {}, expected that of {}, {}", name_of(offset.dtype), data_name, name_of(data_type));
  expect_finite(args, "offset");
}

// `to` may be where the data is.
void shift_and_scale(const Arguments& args, const Tensor& data, float* to, int threads) {
  const Tensor& scale = args.tensor("scale");
  const Tensor offset = args.has("offset") ? converted(args.tensor("offset"), DType::kFloat32) : Tensor();
  const float* scales = scale.as<float>().data();
  const float* shifts = args.has("offset") ? offset.as<float>().data() : nullptr;
  const BlockGrid grid(data.shape(), scale.shape());
  with_element_type(data.dtype(), [&](auto element) {
    const auto* from = data.as<decltype(element)>().data();
    for_each_block(threads, data.size(), grid, [&](int64_t begin, int64_t end, int64_t cell) {
      const float factor = scales[cell];
      const float shift = shifts ? shifts[cell] : 0;
      for (int64_t i = begin; i < end; ++i) to[i] = factor * (static_cast<float>(from[i]) - shift);
    });
  });
}

std::vector<Type> infer_dense(const Arguments& args) {
  const ConcreteShape shape = concrete_shape(args, "data");
  check(args, shape, "data", args.type("data").dtype);
  return {Type::tensor(args.type("scale").dtype, shape)};
}

void run_dense(const Arguments& args, Results& results) {
  infer_dense(args);  // scales that were not known before
  const Tensor& data = args.tensor("data");
  Tensor& dense = results.allocate(0, data.shape(), DType::kFloat32);
  shift_and_scale(args, data, dense.as<float>().data(), results.threads());
}

std::vector<Type> infer_sparse(const Arguments& args) {
  check_sparse(args, "data_mask", "nonzero_data");
  const ConcreteShape shape = concrete_shape(args, "data_mask");
  check(args, shape, "data_mask", args.type("nonzero_data").dtype);
  return {Type::tensor(DType::kUInt1, shape),
          Type::tensor(args.type("scale").dtype, concrete_shape(args, "nonzero_data"))};
}

void run_sparse(const Arguments& args, Results& results) {
  infer_sparse(args);
  const Tensor& mask = args.tensor("data_mask");
  const Tensor nonzero = converted(args.tensor("nonzero_data"), DType::kFloat32);
  Tensor dense = densified(mask, nonzero);
  shift_and_scale(args, dense, dense.as<float>().data(), results.threads());
  results.set(0, mask);
  results.set(1, sparsified(mask, dense));
}

}  // namespace

void register_op_constexpr_blockwise_shift_scale(OpTable& table) {
  OpDefinition dense;
  dense.name = "constexpr_blockwise_shift_scale";
  const std::string types = "int4|uint4|int8|uint8|fp16|fp32 const";
  const std::string rest = ", scale: DstT=fp16|fp32 const, offset: OffsetT=" + types + " ?";
  dense.signatures = {signature(8, "data: SrcT=" + types + rest)};
  dense.infer = infer_dense;
  dense.evaluate = run_dense;
  const Constant scale = floats({1, 2}, {0.5F, 2});
  dense.samples = {
      {{{"data", ints({2, 4}, {-8, 7, 1, 2, 0, 1, -1, 3}, DType::kInt4)}, {"scale", scale}},
       {floats({2, 4}, {-4, 3.5F, 2, 4, 0, 0.5F, -2, 6})},
       "by hand",
       0,
       0},
      {{{"data", ints({2, 2}, {0, 255, 8, 9}, DType::kUInt8)},
        {"scale", floats({2, 1}, {0.5F, 2})},
        {"offset", ints({2, 1}, {128, 8}, DType::kUInt8)}},
       {floats({2, 2}, {-64, 63.5F, 0, 2})},
       "by hand",
       0,
       0},
  };
  table.add(std::move(dense));

  OpDefinition sparse;
  sparse.name = "constexpr_sparse_blockwise_shift_scale";
  sparse.signatures = {signature(8, "data_mask: uint1 const, nonzero_data: SrcT=" + types + rest)};
  sparse.infer = infer_sparse;
  sparse.evaluate = run_sparse;
  const Constant mask = ints({2, 2}, {1, 0, 1, 1}, DType::kUInt1);
  sparse.samples = {{{{"data_mask", mask},
                      {"nonzero_data", ints({3}, {3, -2, 5}, DType::kInt8)},
                      {"scale", scale},
                      {"offset", ints({1, 2}, {1, 2}, DType::kInt8)}},
                     {mask, floats({3}, {1, -1.5F, 6})},
                     "by hand",
                     0,
                     0}};
  table.add(std::move(sparse));
}

}  // namespace anemone
