// SPDX-License-Identifier: Apache-2.0
// A row of a batch gives the same bits as the row alone, whatever the thread count, with kernels and without.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "golden.h"
#include "ir/builder.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

constexpr int kSequence = 37;  // no multiple of a block
constexpr int kHeads = 4;
constexpr int kWidth = 72;
constexpr int kHidden = 200;

float number(size_t i) { return std::sin(static_cast<float>(i) * 12.9898F) * 0.7F; }

Constant weights(const ConcreteShape& shape, DType dtype, float scale) {
  std::vector<float> values(static_cast<size_t>(product(shape)));
  for (size_t i = 0; i < values.size(); ++i) values[i] = number(i + values.size()) * scale;
  return floats(shape, values, dtype);
}

class Network {
 public:
  Network(int batch, DType dtype) : batch_(batch), dtype_(dtype), to_(op_table(), "main", 8) {}

  Program make() {
    const ValueId x = to_.input("x", Type::tensor(dtype_, ConcreteShape{batch_, kSequence, kWidth}));
    const ValueId attended = add("add", {{"x", x}, {"y", attention(norm(x))}});
    ValueId hidden = linear(norm(attended), kHidden, kWidth);
    hidden = add("gelu", {{"x", hidden}, {"mode", "TANH_APPROXIMATION"}});
    const ValueId y = add("add", {{"x", attended}, {"y", linear(hidden, kWidth, kHidden)}});
    const ValueId image = convolved(y);
    const ValueId mean = add("reduce_mean", {{"x", y}, {"axes", {1}}, {"keep_dims", false}});
    const ValueId squares = add("reduce_sum_square", {{"x", y}, {"axes", {-1}}, {"keep_dims", true}});
    const ValueId largest = add("reduce_max", {{"x", image}, {"axes", {1}}, {"keep_dims", false}});
    Program program;
    program.functions["main"] = std::make_shared<const Function>(to_.finish({y, image, mean, squares, largest}));
    verify(program, op_table());
    return program;
  }

 private:
  ValueId add(const std::string& op, std::vector<Arg> args) { return to_.add(op, std::move(args)); }

  ValueId linear(ValueId x, int to, int from) {
    return add("linear",
               {{"x", x}, {"weight", weights({to, from}, dtype_, 0.2F)}, {"bias", weights({to}, dtype_, 0.1F)}});
  }

  ValueId norm(ValueId x) {
    return add("layer_norm", {{"x", x},
                              {"axes", {-1}},
                              {"gamma", weights({kWidth}, dtype_, 1.0F)},
                              {"beta", weights({kWidth}, dtype_, 0.5F)}});
  }

  ValueId heads(ValueId x) {
    const ValueId split = add("reshape", {{"x", x}, {"shape", {batch_, kSequence, kHeads, kWidth / kHeads}}});
    return swapped(split);
  }

  // Heads before or after positions.
  ValueId swapped(ValueId x) { return add("transpose", {{"x", x}, {"perm", {0, 2, 1, 3}}}); }

  // By matmul and softmax, by einsum and by the fused op: their mean goes on.
  ValueId attention(ValueId x) {
    const ValueId q = heads(linear(x, kWidth, kWidth));
    const ValueId k = heads(linear(x, kWidth, kWidth));
    const ValueId v = heads(linear(x, kWidth, kWidth));
    ValueId scores = add("matmul", {{"x", q}, {"y", k}, {"transpose_x", false}, {"transpose_y", true}});
    scores = add("mul", {{"x", scores}, {"y", floats({}, {0.25F}, dtype_)}});
    const ValueId p = add("softmax", {{"x", scores}, {"axis", -1}});
    const ValueId by_matmul = add("matmul", {{"x", p}, {"y", v}, {"transpose_x", false}, {"transpose_y", false}});
    const ValueId by_einsum = swapped(
        add("einsum", {{"values", std::vector<ValueId>{swapped(p), swapped(v)}}, {"equation", "nchw,nwhu->nchu"}}));
    const ValueId fused = add("scaled_dot_product_attention", {{"query", q}, {"key", k}, {"value", v}});
    const ValueId sum = add("add", {{"x", add("add", {{"x", by_matmul}, {"y", fused}})}, {"y", by_einsum}});
    return linear(add("reshape", {{"x", swapped(sum)}, {"shape", {batch_, kSequence, kWidth}}}), kWidth, kWidth);
  }

  ValueId convolved(ValueId x) {
    const ValueId channels = add("transpose", {{"x", x}, {"perm", {0, 2, 1}}});
    ValueId image = add("expand_dims", {{"x", channels}, {"axes", {2}}});
    image = conv(image, {40, kWidth, 1, 1}, {0, 0, 0, 0}, 1);
    image = add("relu", {{"x", image}});
    image = conv(image, {40, 40, 1, 3}, {0, 0, 1, 1}, 1);
    return conv(image, {40, 1, 1, 5}, {0, 0, 2, 2}, 40);
  }

  ValueId conv(ValueId x, const ConcreteShape& shape, const std::vector<int32_t>& pad, int groups) {
    return add("conv", {{"x", x},
                        {"weight", weights(shape, dtype_, 0.2F)},
                        {"strides", {1, 1}},
                        {"pad_type", "custom"},
                        {"pad", pad},
                        {"dilations", {1, 1}},
                        {"groups", groups}});
  }

  int batch_;
  DType dtype_;
  Builder to_;
};

Tensor row(const Tensor& tensor, int index, int batch) {
  ConcreteShape shape = tensor.shape();
  shape.at(0) = 1;
  Tensor result(tensor.dtype(), shape);
  CHECK(result.byte_size() * static_cast<size_t>(batch) == tensor.byte_size());
  std::memcpy(result.bytes(), tensor.bytes() + static_cast<size_t>(index) * result.byte_size(), result.byte_size());
  return result;
}

TEST(Batch, ARowAloneGivesTheSameBits) {
  constexpr int kBatch = 3;
  Tensor x(DType::kFloat32, {kBatch, kSequence, kWidth});
  for (size_t i = 0; i < x.as<float>().size(); ++i) x.as<float>()[i] = number(i);
  for (const DType dtype : {DType::kFloat32, DType::kFloat16}) {
    const Program many = Network(kBatch, dtype).make();
    const Program one = Network(1, dtype).make();
    for (const bool kernels : {true, false}) {
      for (const Numerics numerics : {Numerics::kFloat32, Numerics::kIeeeHalf}) {
        SCOPED_TRACE(fmt::format("{}, kernels {}, numerics {}", name_of(dtype), kernels, static_cast<int>(numerics)));
        RunOptions options;
        options.kernels = kernels;
        options.numerics = numerics;
        const auto whole = test::run_calls(many, {{{"x", x}}}, options);
        options.threads = 2;
        EXPECT_EQ(test::bit_difference(whole, test::run_calls(many, {{{"x", x}}}, options)), "") << "two threads";
        for (int i = 0; i < kBatch; ++i) {
          TensorMap expected;
          for (const auto& [name, value] : whole.outputs[0]) expected[name] = row(value, i, kBatch);
          const auto alone = test::run_calls(one, {{{"x", row(x, i, kBatch)}}}, options);
          EXPECT_EQ(test::bit_difference(expected, alone.outputs[0]), "") << "row " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace anemone
