// SPDX-License-Identifier: Apache-2.0
// Strided copies against an element-by-element reference, and shape inference where sizes or values are not known.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ir/builder.h"
#include "ops/ops.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

template <typename T>
Tensor counting(DType dtype, const ConcreteShape& shape) {
  Tensor tensor(dtype, shape);
  std::iota(tensor.as<T>().begin(), tensor.as<T>().end(), T{});
  return tensor;
}

// Every element of a view of `from`, found by its coordinates.
template <typename T>
std::vector<T> read_one_by_one(const Tensor& from, const View& view) {
  std::vector<T> values;
  for (int64_t i = 0; i < product(view.shape); ++i) {
    int64_t offset = view.offset;
    int64_t rest = i;
    for (size_t axis = view.shape.size(); axis-- > 0; rest /= view.shape[axis])
      offset += rest % view.shape[axis] * view.strides[axis];
    values.push_back(from.as<T>()[static_cast<size_t>(offset)]);
  }
  return values;
}

template <typename T>
void expect_all_permutations_copied(DType dtype, const ConcreteShape& shape) {
  const Tensor from = counting<T>(dtype, shape);
  std::vector<int> permutation(shape.size());
  std::iota(permutation.begin(), permutation.end(), 0);
  do {
    const View view = permuted(whole(shape), permutation);
    Tensor to(dtype, view.shape);
    copy_elements(from, view, to, 3);
    const std::vector<T> expected = read_one_by_one<T>(from, view);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), to.as<T>().begin())) << to_string(view.shape);
  } while (std::next_permutation(permutation.begin(), permutation.end()));
}

TEST(Movement, CopiesEveryPermutation) {
  expect_all_permutations_copied<int32_t>(DType::kInt32, {2, 17, 3, 33});
  expect_all_permutations_copied<uint16_t>(DType::kFloat16, {5, 40, 19});
  expect_all_permutations_copied<uint8_t>(DType::kUInt8, {3, 1, 50, 4});
  expect_all_permutations_copied<int64_t>(DType::kInt64, {300, 200});
}

TEST(Movement, CopiesReversedRepeatedAndEmptyViews) {
  const Tensor from = counting<int32_t>(DType::kInt32, {4, 6});
  const View reversed = sliced(sliced(whole({4, 6}), 1, 5, 3, -2), 0, 3, 4, -1);
  const View repeated = inserted(reversed, 1, 3);
  Tensor to(DType::kInt32, {36});
  copy_elements(from, repeated, to);
  const auto expected = read_one_by_one<int32_t>(from, repeated);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), to.as<int32_t>().begin()));
  Tensor none(DType::kInt32, {0});
  copy_elements(from, sliced(whole({4, 6}), 0, 4, 0), none);
  EXPECT_EQ(none.size(), 0);
}

class Inference : public testing::Test {
 protected:
  Builder builder_{op_table(), "main", 7};

  ValueId input(const Shape& shape, DType dtype = DType::kFloat32) {
    return builder_.input("x" + std::to_string(count_++), Type::tensor(dtype, shape));
  }
  std::string shape_of(const std::string& op, const std::vector<Arg>& args) {
    return builder_.type(builder_.add(op, args)).str();
  }

  int count_ = 0;
};

TEST_F(Inference, KeepsSymbolsThroughReshape) {
  const Dim s = Dim::symbol("s");
  EXPECT_EQ(shape_of("reshape", {{"x", input({1, s, 64})}, {"shape", {1, -1, 4, 16}}}), "tensor<fp32, [1, s, 4, 16]>");
  EXPECT_EQ(shape_of("reshape", {{"x", input({s, 64})}, {"shape", {0, -1}}}), "tensor<fp32, [s, 64]>");
  EXPECT_EQ(shape_of("reshape", {{"x", input({Dim::unknown(), 8})}, {"shape", {0, -1}}}), "tensor<fp32, [?, 8]>");
  EXPECT_EQ(shape_of("reshape", {{"x", input({s})}, {"shape", input({3}, DType::kInt32)}}), "tensor<fp32, [?, ?, ?]>");
}

TEST_F(Inference, SlicesWhatItCanTell) {
  const Dim s = Dim::symbol("s");
  const Constant both = bools({2}, {true, false});
  const Constant last = bools({2}, {false, true});
  EXPECT_EQ(shape_of("slice_by_index", {{"x", input({s, s})},
                                        {"begin", {0, 1}},
                                        {"end", {0, 0}},
                                        {"begin_mask", both},
                                        {"end_mask", bools({2}, {true, true})}}),
            "tensor<fp32, [s, s + -1]>");
  EXPECT_EQ(shape_of("slice_by_index", {{"x", input({s, s})}, {"begin", {2, -1}}, {"end", {3, 0}}, {"end_mask", last}}),
            "tensor<fp32, [1, 1]>");
}

TEST_F(Inference, RefusesWhatCannotBe) {
  const ValueId x = input({2, 3});
  const std::vector<std::pair<std::string, std::vector<Arg>>> wrong = {
      {"reshape", {{"x", x}, {"shape", {4, -1}}}},
      {"reshape", {{"x", x}, {"shape", {-1, -1}}}},
      {"reshape", {{"x", x}, {"shape", {7}}}},
      {"transpose", {{"x", x}, {"perm", {0, 0}}}},
      {"transpose", {{"x", x}, {"perm", {0}}}},
      {"expand_dims", {{"x", x}, {"axes", {4}}}},
      {"split", {{"x", x}, {"num_splits", 2}, {"axis", 1}}},
      {"split", {{"x", x}, {"split_sizes", {1, 3}}, {"axis", 1}}},
      {"slice_by_index", {{"x", x}, {"begin", {0, 2}}, {"end", {2, 1}}}},
      {"slice_by_size", {{"x", x}, {"begin", {1, 0}}, {"size", {2, 3}}}},
      {"gather", {{"x", x}, {"indices", {2}}, {"validate_indices", true}}},
      {"gather", {{"x", x}, {"indices", {0}}, {"axis", 2}}},
      {"scatter", {{"data", x}, {"indices", {0}}, {"updates", floats({2, 3}, {0, 0, 0, 0, 0, 0})}}},
      {"pad", {{"x", x}, {"pad", {0, 3}}, {"mode", "reflect"}}},
      {"tile", {{"x", x}, {"reps", {1, 0}}}},
      {"topk", {{"x", x}, {"k", 4}}},
      {"pixel_shuffle", {{"x", input({1, 6, 2, 2})}, {"upscale_factor", 2}}},
  };
  for (const auto& [op, args] : wrong) EXPECT_THROW(builder_.add(op, args), Error) << op;
}

TEST(Movement, IndicesNeverLeaveTheirTensor) {
  const Constant x = floats({2, 2}, {1, 2, 3, 4});
  for (const int index : {-2147483647, -3, 2, 2147483647}) {
    EXPECT_EQ(evaluate("gather", {{"x", x}, {"indices", {index}}}, op_table(), 7)[0].size(), 2);
    const auto kept =
        evaluate("scatter", {{"data", x}, {"indices", {index}}, {"updates", floats({1, 2}, {9, 9})}}, op_table(), 7);
    EXPECT_EQ(to_doubles(kept[0]), (std::vector<double>{1, 2, 3, 4}));
  }
}

}  // namespace
}  // namespace anemone
