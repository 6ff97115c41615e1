// SPDX-License-Identifier: Apache-2.0
// matmul: NumPy's product of matrices, with vectors promoted and batch dimensions broadcast. From CoreML7 a constant
// operand may have another element type than the other one, which then gives the type of the result.
#include <algorithm>

#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/batch.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

// The operand that gives the result its element type.
const Type& leading(const Arguments& args) { return args.type(args.constant("x") != nullptr ? "y" : "x"); }

void check_mixed_types(const Arguments& args) {
  const DType x = args.type("x").dtype;
  const DType y = args.type("y").dtype;
  if (x == y || (args.constant("x") == nullptr) != (args.constant("y") == nullptr)) return;
  fail("x has element type {} and y {}; they may differ only when one of them is a constant", name_of(x), name_of(y));
}

// The operand as a stack of matrices, [..., rows, columns].
template <typename Dims>
Dims as_matrices(Dims shape, bool is_left, bool transposed) {
  if (shape.size() == 1) shape.insert(is_left ? shape.begin() : shape.end(), 1);
  if (transposed) std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  return shape;
}

// Drops the dimensions that promoted vectors brought in.
template <typename Dims>
Dims demoted(Dims shape, bool x_is_vector, bool y_is_vector) {
  if (y_is_vector) shape.pop_back();
  if (x_is_vector) shape.erase(shape.end() - (y_is_vector ? 1 : 2));
  return shape;
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x_type = args.type("x");
  const Type& y_type = args.type("y");
  check_mixed_types(args);
  const DType dtype = leading(args).dtype;
  for (const char* name : {"x", "y"}) {
    const Type& type = args.type(name);
    if (!type.ranked) continue;
    if (type.rank() == 0) fail("{} is a scalar", name);
    if (type.rank() == 1 && args.flag(std::string("transpose_") + name)) fail("{} is a vector and transposed", name);
  }
  if (!x_type.ranked || !y_type.ranked) return {Type::unranked(dtype)};
  const Shape x = as_matrices(x_type.shape, true, args.flag("transpose_x"));
  const Shape y = as_matrices(y_type.shape, false, args.flag("transpose_y"));
  if (provably_different(x.back(), y[y.size() - 2])) {
    fail("x {} and y {} cannot be multiplied", x_type.str(), y_type.str());
  }
  Shape shape = broadcast_batch(Shape(x.begin(), x.end() - 2), Shape(y.begin(), y.end() - 2));
  shape.push_back(x[x.size() - 2]);
  shape.push_back(y.back());
  return {Type::tensor(dtype, demoted(shape, x_type.rank() == 1, y_type.rank() == 1))};
}

std::optional<AxesStatement> axes(const Arguments& args) {
  const int x_rank = args.type("x").rank();
  const int y_rank = args.type("y").rank();
  if (x_rank < 2 || y_rank < 2) return std::nullopt;
  const std::string batch = axis_letters(std::max(x_rank, y_rank) - 2);
  const auto batch_of_rank = [&](int rank) { return batch.substr(batch.size() - static_cast<size_t>(rank - 2)); };
  AxesStatement statement;
  statement.operands = {{"x", 0, batch_of_rank(x_rank) + (args.flag("transpose_x") ? "kr" : "rk")},
                        {"y", 0, batch_of_rank(y_rank) + (args.flag("transpose_y") ? "ok" : "ko")}};
  statement.outputs = {batch + "ro"};
  statement.contracts = true;
  return statement;
}

struct Operand2D {
  ConcreteShape batch;
  int64_t rows, columns;
  int64_t row_stride, column_stride;

  Operand2D(const Tensor& tensor, bool is_left, bool transposed) {
    const ConcreteShape shape = as_matrices(tensor.shape(), is_left, transposed);
    batch = batch_of(shape);
    rows = shape[shape.size() - 2];
    columns = shape.back();
    row_stride = transposed ? 1 : columns;
    column_stride = transposed ? rows : 1;
  }
};

std::vector<int64_t> sums(const std::vector<int64_t>& outer, const std::vector<int64_t>& inner) {
  std::vector<int64_t> all;
  all.reserve(outer.size() * inner.size());
  for (const int64_t a : outer) {
    for (const int64_t b : inner) all.push_back(a + b);
  }
  return all;
}

template <typename T>
void compute(const Tensor& x, const Operand2D& left, const Tensor& y, const Operand2D& right, Tensor& out, int threads,
             const std::optional<AneSums>& ane = std::nullopt) {
  const ConcreteShape batch = broadcast_batch(left.batch, right.batch);
  auto x_batches = batch_offsets(left.batch, batch, left.rows * left.columns);
  auto y_batches = batch_offsets(right.batch, batch, right.rows * right.columns);
  auto out_batches = strided_offsets(product(batch), left.rows * right.columns);
  auto x_rows = strided_offsets(left.rows, left.row_stride);
  auto out_rows = strided_offsets(left.rows, right.columns);
  if (product(right.batch) == 1) {  // one matrix on the right: all batches are rows of one product
    x_rows = sums(x_batches, x_rows);
    out_rows = sums(out_batches, out_rows);
    x_batches = y_batches = out_batches = {0};
  }
  const auto x_columns = strided_offsets(left.columns, left.column_stride);
  const auto y_rows = strided_offsets(right.rows, right.row_stride);
  const auto y_columns = strided_offsets(right.columns, right.column_stride);
  const auto out_columns = strided_offsets(right.columns, 1);
  const int inner_threads = out_batches.size() == 1 ? threads : 1;
  parallel_for(threads, static_cast<int64_t>(out_batches.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      multiply<T>({x.as<T>().data() + x_batches[i], x_rows, x_columns},
                  {y.as<T>().data() + y_batches[i], y_rows, y_columns},
                  {out.as<T>().data() + out_batches[i], out_rows, out_columns}, inner_threads, ane);
    }
  });
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const Tensor& y = args.tensor("y");
  const Operand2D left(x, true, args.flag("transpose_x"));
  const Operand2D right(y, false, args.flag("transpose_y"));
  ConcreteShape shape = broadcast_batch(left.batch, right.batch);
  shape.push_back(left.rows);
  shape.push_back(right.columns);
  shape = demoted(shape, x.rank() == 1, y.rank() == 1);
  if (x.dtype() == DType::kInt32 && y.dtype() == DType::kInt32) {
    compute<int32_t>(x, left, y, right, results.allocate(0, shape, DType::kInt32), results.threads());
    return;
  }
  const DType dtype = compute_dtype(leading(args).dtype);
  if (dtype == DType::kFloat32) {
    const auto ane = ane_sums(results, leading(args));
    compute<float>(as_float(x), left, as_float(y), right, results.allocate(0, shape, dtype), results.threads(), ane);
    return;
  }
  Tensor out(DType::kFloat32, shape);
  compute<float>(as_float(x), left, as_float(y), right, out, results.threads());
  results.set(0, converted(out, dtype));
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  const Shape x = as_matrices(args.type("x").shape, true, args.flag("transpose_x"));
  const double depth = x.back().is_constant() ? static_cast<double>(x.back().value()) : 0;
  return cost_of(args, outputs, 2 * elements(outputs[0]) * depth);
}

std::vector<Sample> samples() {
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  return {
      {{{"x", x}, {"y", floats({3, 2}, {1, 0, 0, 1, 2, -1})}}, {floats({2, 2}, {7, -1, 16, -1})}, "by hand"},
      {{{"x", x}, {"y", x}, {"transpose_y", true}}, {floats({2, 2}, {14, 32, 32, 77})}, "by hand"},
      {{{"x", x}, {"y", x}, {"transpose_x", true}}, {floats({3, 3}, {17, 22, 27, 22, 29, 36, 27, 36, 45})}, "by hand"},
      {{{"x", floats({3}, {1, 2, 3})}, {"y", floats({2, 3, 1}, {1, 1, 1, 1, 2, 3})}},
       {floats({2, 1}, {6, 14})},
       "by hand"},
      {{{"x", floats({2, 1, 1, 2}, {1, 2, 3, 4})}, {"y", floats({3, 2}, {1, 0, 0, 1, 1, 1})}, {"transpose_y", true}},
       {floats({2, 1, 1, 3}, {1, 2, 3, 3, 4, 7})},
       "by hand"},
      {{{"x", ints({2, 1, 2}, {1, 2, 3, 4})}, {"y", ints({1, 2, 2}, {1, 2, 3, 4})}},
       {ints({2, 1, 2}, {7, 10, 15, 22})},
       "by hand"},
  };
}

}  // namespace

void register_op_matmul(OpTable& table) {
  OpDefinition op;
  op.name = "matmul";
  op.signatures = {
      signature(5, "x: T=fp16|fp32|int32, y: T, transpose_x: bool const = false, transpose_y: bool const = false"),
      signature(7,
                "x: T=fp16|fp32|int32, y: U=fp16|fp32|int32, transpose_x: bool const = false, "
                "transpose_y: bool const = false"),
  };
  op.infer = infer;
  op.evaluate = run;
  op.axes = axes;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
