// SPDX-License-Identifier: Apache-2.0
// Weights: normal, 0.02 wide, those that write into the residual stream by sqrt(2 layers) narrower, as GPT-2 starts
// out; token embeddings 0.5 wide. The outliers come with the position embeddings, have one sign, and are larger at
// position 0, as in trained GPT-2s. The gains of the layer norms are small in these channels; in the others gains and
// biases undo the shrinking and the shift that the outliers cause, as training does.
#include "outliers.h"

#include <cmath>
#include <random>

#include "ir/builder.h"
#include "ops/ops.h"

namespace anemone::test {
namespace {

constexpr float kWidth = 0.02F;

class Maker {
 public:
  explicit Maker(const OutlierModel& model) : model_(model), random_(model.seed), builder_(op_table(), "main", 7) {}

  Program make() {
    const ValueId ids = builder_.input("input_ids", Type::tensor(DType::kInt32, ConcreteShape{1, model_.length}));
    const Constant table = normal({model_.vocabulary, model_.width}, 0.5F);
    ValueId x = builder_.add("gather", {{"x", table}, {"indices", ids}, {"axis", 0}}, "tokens");
    x = add(x, builder_.constant(positions()), "embeddings");
    for (int layer = 0; layer < model_.layers; ++layer) x = block(x);
    x = linear(norm(x), normal({model_.vocabulary, model_.width}, kWidth));
    builder_.rename(x, "logits");
    Program program;
    program.functions["main"] = std::make_shared<const Function>(builder_.finish({x}));
    return program;
  }

 private:
  Constant normal(const ConcreteShape& shape, float width) {
    std::vector<float> values(static_cast<size_t>(product(shape)));
    for (float& value : values) value = width * gauss();
    return floats(shape, values, DType::kFloat16);
  }

  float gauss() {  // the sum of twelve uniform numbers: the same with every standard library
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random_()) / 4294967296.0;
    return static_cast<float>(sum);
  }

  bool is_outlier(int64_t channel) const { return channel % (model_.width / model_.outlier_channels) == 5; }

  Constant positions() {
    std::vector<float> values;
    for (int64_t at = 0; at < model_.length; ++at)
      for (int64_t channel = 0; channel < model_.width; ++channel)
        values.push_back(is_outlier(channel) ? model_.outlier * (at == 0 ? 1.5F : 1 + 0.05F * gauss())
                                             : 0.2F * gauss());
    return floats({1, model_.length, model_.width}, values, DType::kFloat16);
  }

  ValueId add(ValueId x, ValueId y, const std::string& name) { return builder_.add("add", {{"x", x}, {"y", y}}, name); }

  ValueId linear(ValueId x, const Constant& weight) {
    const ConcreteShape shape = weight.type().concrete();
    const Constant bias = floats({shape[0]}, std::vector<float>(static_cast<size_t>(shape[0]), 0.0F), DType::kFloat16);
    return builder_.add("linear", {{"x", x}, {"weight", weight}, {"bias", bias}}, "linear");
  }

  ValueId cast(ValueId x, const char* type) { return builder_.add("cast", {{"x", x}, {"dtype", type}}, "cast"); }
  ValueId mean(ValueId x) {
    return builder_.add("reduce_mean", {{"x", x}, {"axes", {-1}}, {"keep_dims", true}}, "mean");
  }
  ValueId product_of(ValueId x, ValueId y) { return builder_.add("mul", {{"x", x}, {"y", y}}, "product"); }

  // The mean in half precision or float32; what follows, whose squares half precision cannot hold, in float32 always.
  ValueId norm(ValueId x) {
    const ValueId wide = cast(x, "fp32");
    ValueId centered = kNoValue;
    if (model_.float_mean)
      centered = builder_.add("sub", {{"x", wide}, {"y", mean(wide)}}, "centered");
    else
      centered = cast(builder_.add("sub", {{"x", x}, {"y", mean(x)}}, "centered"), "fp32");
    const ValueId variance = mean(product_of(centered, centered));
    const ValueId scale = builder_.add("rsqrt", {{"x", variance}, {"epsilon", Constant::of(1e-5F)}}, "scale");
    const auto [gain, bias] = affine();
    const ValueId gained = product_of(product_of(centered, scale), builder_.constant(gain));
    return cast(add(gained, builder_.constant(bias), "normed"), "fp16");
  }

  std::pair<Constant, Constant> affine() {
    const auto share = static_cast<float>(model_.outlier_channels) / static_cast<float>(model_.width);
    const float deviation = model_.outlier * std::sqrt(share);
    std::vector<float> gains;
    std::vector<float> biases;
    for (int64_t channel = 0; channel < model_.width; ++channel) {
      gains.push_back(is_outlier(channel) ? 0.01F : deviation * (1 + 0.1F * gauss()));
      biases.push_back(is_outlier(channel) ? 0.0F : gains.back() * model_.outlier * share / deviation);
    }
    return {floats({model_.width}, gains), floats({model_.width}, biases)};
  }

  ValueId heads_of(ValueId x) {
    const auto heads = static_cast<int32_t>(model_.heads);
    const auto size = static_cast<int32_t>(model_.width / model_.heads);
    const auto length = static_cast<int32_t>(model_.length);
    const ValueId split = builder_.add("reshape", {{"x", x}, {"shape", {1, length, heads, size}}}, "heads");
    return builder_.add("transpose", {{"x", split}, {"perm", {0, 2, 1, 3}}}, "by_head");
  }

  ValueId attention(ValueId x) {
    const ConcreteShape square = {model_.width, model_.width};
    const ValueId q = heads_of(linear(x, normal(square, kWidth)));
    const ValueId k = heads_of(linear(x, normal(square, kWidth)));
    const ValueId v = heads_of(linear(x, normal(square, kWidth)));
    const float size = static_cast<float>(model_.width) / static_cast<float>(model_.heads);
    ValueId scores = builder_.add("matmul", {{"x", q}, {"y", k}, {"transpose_x", false}, {"transpose_y", true}}, "qk");
    scores = product_of(scores, builder_.constant(Constant::of(1 / std::sqrt(size), DType::kFloat16)));
    scores = add(scores, builder_.constant(mask()), "masked");
    const ValueId weights = builder_.add("softmax", {{"x", scores}, {"axis", -1}}, "weights");
    ValueId y =
        builder_.add("matmul", {{"x", weights}, {"y", v}, {"transpose_x", false}, {"transpose_y", false}}, "av");
    y = builder_.add("transpose", {{"x", y}, {"perm", {0, 2, 1, 3}}}, "by_position");
    const std::vector<int32_t> shape = {1, static_cast<int32_t>(model_.length), static_cast<int32_t>(model_.width)};
    y = builder_.add("reshape", {{"x", y}, {"shape", shape}}, "joined");
    return linear(y, normal(square, residual_width()));
  }

  Constant mask() const {
    std::vector<float> values;
    for (int64_t query = 0; query < model_.length; ++query)
      for (int64_t key = 0; key < model_.length; ++key) values.push_back(key > query ? -1e4F : 0.0F);
    return floats({1, 1, model_.length, model_.length}, values, DType::kFloat16);
  }

  float residual_width() const { return kWidth / std::sqrt(2.0F * static_cast<float>(model_.layers)); }

  ValueId block(ValueId x) {
    x = add(x, attention(norm(x)), "after_attention");
    ValueId h = linear(norm(x), normal({4 * model_.width, model_.width}, kWidth));
    h = builder_.add("gelu", {{"x", h}, {"mode", "TANH_APPROXIMATION"}}, "activation");
    return add(x, linear(h, normal({model_.width, 4 * model_.width}, residual_width())), "after_mlp");
  }

  const OutlierModel& model_;
  std::mt19937 random_;
  Builder builder_;
};

}  // namespace

Program outlier_gpt2(const OutlierModel& model) { return Maker(model).make(); }

}  // namespace anemone::test
