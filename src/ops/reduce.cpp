// SPDX-License-Identifier: Apache-2.0
// reduce_*: folds over any set of axes (all when none are named). Float sums run in double; integer sums and products
// wrap around in int32, other integer results are rounded towards zero. NaN wins in max and min.
#include "ops/ops.h"
#include "ops/shared/axes.h"
#include "ops/shared/cost.h"
#include "ops/shared/elementwise.h"
#include "ops/shared/reduction.h"

namespace anemone {
namespace {

// A row is what one result is made of.
template <typename T>
class Row {
 public:
  Row(const T* data, const std::vector<int64_t>& offsets) : data_(data), offsets_(offsets) {}
  size_t size() const { return offsets_.size(); }
  T operator[](size_t r) const { return data_[offsets_[r]]; }
  double number(size_t r) const { return static_cast<double>(data_[offsets_[r]]); }

 private:
  const T* data_;
  const std::vector<int64_t>& offsets_;
};

template <typename T>
T to_result(double value) {
  if constexpr (std::is_same_v<T, int32_t>)
    return saturated(value);
  else
    return static_cast<T>(value);
}

// Sum of term(x): in double for floats, wrapping for integers.
template <typename T, typename Term>
T sum_of(const Row<T>& row, Term term) {
  if constexpr (std::is_same_v<T, int32_t>) {
    uint32_t sum = 0;
    for (size_t r = 0; r < row.size(); ++r) {
      const auto value = static_cast<int64_t>(row[r]);
      sum += static_cast<uint32_t>(term(value));
    }
    return static_cast<int32_t>(sum);
  } else {
    return static_cast<T>(lane_sum(row.size(), [&](size_t r) { return term(row.number(r)); }));
  }
}

template <typename T>
bool is_nan(T value) {
  return value != value;
}

template <typename T, typename Better>
size_t best_of(const Row<T>& row, Better better) {
  size_t best = 0;
  for (size_t r = 1; r < row.size() && !is_nan(row[best]); ++r)
    if (is_nan(row[r]) || better(row[r], row[best])) best = r;
  return best;
}

constexpr auto kSquared = [](auto x) { return x * x; };
constexpr auto kSame = [](auto x) { return x; };
constexpr auto kMagnitude = [](auto x) { return x < 0 ? -x : x; };

struct Sum {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return sum_of(row, kSame);
  }
};
struct SumSquare {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return sum_of(row, kSquared);
  }
};
struct L1Norm {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return sum_of(row, kMagnitude);
  }
};
struct Mean {
  template <typename T>
  T operator()(const Row<T>& row) const {
    const double sum = lane_sum(row.size(), [&](size_t r) { return row.number(r); });
    return to_result<T>(sum / static_cast<double>(row.size()));
  }
};
struct L2Norm {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return to_result<T>(std::sqrt(lane_sum(row.size(), [&](size_t r) { return kSquared(row.number(r)); })));
  }
};
struct LogSum {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return to_result<T>(std::log(lane_sum(row.size(), [&](size_t r) { return row.number(r); })));
  }
};
struct LogSumExp {
  template <typename T>
  T operator()(const Row<T>& row) const {
    const double high = row.number(best_of(row, std::greater<>()));
    if (std::isinf(high) || std::isnan(high)) return to_result<T>(high);
    const double sum = lane_sum(row.size(), [&](size_t r) { return std::exp(row.number(r) - high); });
    return to_result<T>(high + std::log(sum));
  }
};
struct Prod {
  template <typename T>
  T operator()(const Row<T>& row) const {
    if constexpr (std::is_same_v<T, int32_t>) {
      uint32_t product = 1;
      for (size_t r = 0; r < row.size(); ++r) product *= static_cast<uint32_t>(row[r]);
      return static_cast<int32_t>(product);
    } else {
      double product = 1;
      for (size_t r = 0; r < row.size(); ++r) product *= row.number(r);
      return static_cast<T>(product);
    }
  }
};
struct Max {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return row[best_of(row, std::greater<>())];
  }
};
struct Min {
  template <typename T>
  T operator()(const Row<T>& row) const {
    return row[best_of(row, std::less<>())];
  }
};

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  if (!x.ranked) return {x};
  const auto axes = reduction_axes(args, "axes", x.rank());
  return {Type::tensor(x.dtype, reduced_shape(x.shape, axes, args.flag("keep_dims")))};
}

template <typename T, typename F>
void reduce(const Tensor& x, const std::vector<int>& axes, Tensor& y, int threads, bool needs_elements) {
  const ReductionWalk walk(x.shape(), axes);
  if (needs_elements && walk.reduced.empty() && y.size() > 0) fail("there are no elements to reduce");
  const T* from = x.as<T>().data();
  T* to = y.as<T>().data();
  parallel_for(threads, y.size(), rows_per_piece(walk.reduced.size()), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) to[o] = F()(Row<T>(from + walk.kept[static_cast<size_t>(o)], walk.reduced));
  });
}

template <typename F>
void add(OpTable& table, const char* name, bool needs_elements, std::vector<float> expected,
         std::vector<int32_t> of_ints) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(5, "x: T=fp16|fp32|int32, axes: int32 const ?, keep_dims: bool const = false")};
  op.infer = infer;
  op.evaluate = [needs_elements](const Arguments& args, Results& results) {
    const Tensor& x = args.tensor("x");
    const auto axes = reduction_axes(args, "axes", x.rank());
    Tensor& y = results.allocate(0, infer(args)[0].concrete(), x.dtype());
    if (x.dtype() == DType::kInt32)
      reduce<int32_t, F>(x, axes, y, results.threads(), needs_elements);
    else
      reduce<float, F>(x, axes, y, results.threads(), needs_elements);
  };
  op.cost = [](const Arguments& args, const std::vector<Type>& outputs) {
    return cost_of(args, outputs, elements(args.type("x")));
  };
  op.axes = [](const Arguments& args) {
    return reducing(args, reduction_axes(args, "axes", args.type("x").rank()), args.flag("keep_dims"));
  };
  op.samples = {
      {{{"x", floats({2, 3}, {1, 2, 3, -1, 4, 0.5F})}, {"axes", {-1}}, {"keep_dims", true}},
       {floats({2, 1}, expected)},
       "NumPy 2",
       1e-6,
       0},
      {{{"x", ints({2, 2}, {1, -2, 3, 7})}, {"axes", {0}}}, {ints({2}, of_ints)}, "NumPy 2", 0, 0},
  };
  table.add(std::move(op));
}

}  // namespace

void register_op_reduce(OpTable& table) {
  add<Sum>(table, "reduce_sum", false, {6, 3.5F}, {4, 5});
  add<SumSquare>(table, "reduce_sum_square", false, {14, 17.25F}, {10, 53});
  add<L1Norm>(table, "reduce_l1_norm", false, {6, 5.5F}, {4, 9});
  add<L2Norm>(table, "reduce_l2_norm", false, {3.7416575F, 4.1533117F}, {3, 7});
  add<LogSum>(table, "reduce_log_sum", false, {1.7917595F, 1.252763F}, {1, 1});
  add<LogSumExp>(table, "reduce_log_sum_exp", true, {3.407606F, 4.0362697F}, {3, 7});
  add<Mean>(table, "reduce_mean", false, {2, 1.1666666F}, {2, 2});
  add<Prod>(table, "reduce_prod", false, {6, -2}, {3, -14});
  add<Max>(table, "reduce_max", true, {3, 4}, {3, 7});
  add<Min>(table, "reduce_min", true, {1, -1}, {1, -2});
}

}  // namespace anemone
