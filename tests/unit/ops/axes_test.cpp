// SPDX-License-Identifier: Apache-2.0
// What ops state of their axes, checked on their samples: with all axes in another order and the arguments that the
// statement gives anew, an op gives the same numbers in that order; what it says to move is moved, and what it says to
// contract is the sum of products over the letters that the result lacks.
#include "ir/axes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "ir/builder.h"
#include "ir/graph.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// A tensor whose axes have letters; one that it lacks does not matter.
struct Lettered {
  Tensor tensor;  // float32
  std::string letters;

  int64_t size(char letter) const {
    const size_t at = letters.find(letter);
    return at == std::string::npos ? 1 : tensor.shape()[at];
  }
  // Axes of size 1 are read at 0, repeated ones again and again.
  float at(const std::map<char, int64_t>& index) const {
    int64_t offset = 0;
    for (size_t i = 0; i < letters.size(); ++i)
      offset = offset * tensor.shape()[i] + index.at(letters[i]) % tensor.shape()[i];
    return tensor.as<float>()[static_cast<size_t>(offset)];
  }
};

void for_each_index(const std::map<char, int64_t>& sizes,
                    const std::function<void(const std::map<char, int64_t>&)>& body) {
  std::map<char, int64_t> index;
  for (const auto& entry : sizes) index[entry.first] = 0;
  int64_t count = 1;
  for (const auto& entry : sizes) count *= entry.second;
  for (int64_t i = 0; i < count; ++i) {
    body(index);
    for (auto& [letter, at] : index) {
      if (++at < sizes.at(letter)) break;
      at = 0;
    }
  }
}

// The axes in the order of `order`; letters that it lacks become axes of size 1.
Tensor laid(const Lettered& value, const std::string& order, DType dtype) {
  ConcreteShape shape;
  std::map<char, int64_t> sizes;
  for (const char letter : order) {
    shape.push_back(value.size(letter));
    sizes[letter] = value.size(letter);
  }
  Lettered result{Tensor(DType::kFloat32, shape), order};
  for_each_index(sizes, [&](const auto& index) {
    int64_t offset = 0;
    for (size_t i = 0; i < order.size(); ++i) offset = offset * shape[i] + index.at(order[i]);
    result.tensor.as<float>()[static_cast<size_t>(offset)] = value.at(index);
  });
  return converted(result.tensor, dtype);
}

class Statement {
 public:
  Statement(const OpDefinition& definition, const Sample& sample) : definition_(definition), sample_(sample) {
    opset_ = sample.opset != 0 ? sample.opset : definition.signatures.front().opset;
    Builder builder(op_table(), "main", opset_);
    builder.add_many(definition.name, sample.arguments);
    function_ = builder.finish({});
    const Graph graph(function_);
    for (const OpPtr& op : function_.body.ops)
      if (op->type == definition.name) axes_ = axes_of(*op, op_table(), opset_, graph);
  }

  // Whether the sample is one that the op says something about.
  bool check() {
    if (!axes_ || axes_->operands.empty()) return false;
    for (const auto& place : axes_->operands) {
      const auto operand = operand_of(place);
      if (!operand || operand->tensor.rank() != static_cast<int>(place.letters.size())) return false;
      operands_.push_back(*operand);
    }
    if (axes_->moves)
      check_moves();
    else if (axes_->contracts)
      check_contraction();
    else
      check_orders();
    return true;
  }

 private:
  std::optional<Lettered> operand_of(const AxesStatement::Place& place) const {
    for (const Arg& arg : sample_.arguments)
      if (arg.name == place.argument && place.index < arg.operands.size() && !arg.operands[place.index].is_value()) {
        const Constant& constant = arg.operands[place.index].literal();
        if (constant.type().dtype != DType::kString)
          return Lettered{converted(constant.tensor(), DType::kFloat32), place.letters};
      }
    return std::nullopt;
  }

  Lettered expected(size_t i) const {
    return {converted(sample_.expected.at(i).tensor(), DType::kFloat32), axes_->outputs.at(i)};
  }

  void check_moves() const {
    const Lettered want = expected(0);
    std::map<char, int64_t> sizes;
    for (const char letter : want.letters) sizes[letter] = want.size(letter);
    for_each_index(sizes, [&](const auto& index) { EXPECT_EQ(want.at(index), operands_[0].at(index)); });
  }

  void check_contraction() const {
    const bool has_bias = std::any_of(sample_.arguments.begin(), sample_.arguments.end(),
                                      [](const Arg& arg) { return arg.name == "bias"; });
    if (has_bias || operands_.size() != 2) return;
    const Lettered want = expected(0);
    std::map<char, int64_t> sums;
    std::map<char, int64_t> sizes;
    for (const Lettered& operand : operands_)
      for (const char letter : operand.letters) sums[letter] = std::max(sums[letter], operand.size(letter));
    for (const char letter : want.letters) sums.erase(letter);
    for (const char letter : want.letters) sizes[letter] = want.size(letter);
    for_each_index(sizes, [&](std::map<char, int64_t> index) {
      double sum = 0;
      for_each_index(sums, [&](const auto& inner) {
        for (const auto& [letter, at] : inner) index[letter] = at;
        sum += static_cast<double>(operands_[0].at(index)) * static_cast<double>(operands_[1].at(index));
      });
      EXPECT_NEAR(want.at(index), sum, 1e-4 * std::max(1.0, std::abs(sum)));
    });
  }

  void check_orders() const {
    std::string letters;
    for (const Lettered& operand : operands_)
      for (const char letter : operand.letters)
        if (letters.find(letter) == std::string::npos) letters += letter;
    std::mt19937 random(1);
    for (int i = 0; i < 4; ++i) {
      std::shuffle(letters.begin(), letters.end(), random);
      check_order(letters);
    }
  }

  void check_order(const std::string& order) const {
    SCOPED_TRACE("order " + order);
    std::vector<Arg> args;
    if (axes_->arguments)
      args = axes_->arguments([&](char letter) { return static_cast<int>(order.find(letter)); },
                              static_cast<int>(order.size()));
    const auto given = [&](const std::string& name) {
      return std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return arg.name == name; });
    };
    std::vector<Arg> others;
    for (const Arg& arg : sample_.arguments) {
      const bool stated = std::any_of(axes_->operands.begin(), axes_->operands.end(),
                                      [&](const auto& place) { return place.argument == arg.name; });
      if (!stated && !given(arg.name)) others.push_back(arg);
    }
    for (size_t i = 0; i < operands_.size(); ++i) {
      const auto& place = axes_->operands[i];
      const DType dtype = type_of(place);
      const Constant moved(laid(operands_[i], order, dtype));
      if (place.index == 0)
        args.push_back({place.argument, moved});
      else
        args.back().operands.push_back(Operand(moved));
    }
    args.insert(args.end(), others.begin(), others.end());
    const auto got = evaluate(definition_.name, args, op_table(), opset_);
    ASSERT_EQ(got.size(), sample_.expected.size());
    for (size_t i = 0; i < got.size(); ++i) expect_same(converted(got[i], DType::kFloat32), expected(i), order);
  }

  DType type_of(const AxesStatement::Place& place) const {
    for (const Arg& arg : sample_.arguments)
      if (arg.name == place.argument) return arg.operands.at(place.index).literal().type().dtype;
    return DType::kFloat32;
  }

  void expect_same(const Tensor& got, const Lettered& want, const std::string& order) const {
    const Tensor right = laid(want, order, DType::kFloat32);
    ASSERT_EQ(got.size(), right.size());
    for (size_t i = 0; i < static_cast<size_t>(got.size()); ++i) {
      const double value = right.as<float>()[i];
      if (std::isnan(value))
        EXPECT_TRUE(std::isnan(got.as<float>()[i]));
      else if (std::isinf(value))
        EXPECT_EQ(got.as<float>()[i], value);
      else
        EXPECT_NEAR(got.as<float>()[i], value, std::max(sample_.tolerance, 1e-5) * std::max(1.0, std::abs(value)));
    }
  }

  const OpDefinition& definition_;
  const Sample& sample_;
  int opset_ = 0;
  Function function_;
  std::optional<AxesStatement> axes_;
  std::vector<Lettered> operands_;
};

TEST(OpAxes, HoldOnTheSamplesOfAllOps) {
  int checked = 0;
  std::set<std::string> ops;
  for (const std::string& name : op_table().names()) {
    const OpDefinition& definition = *op_table().find(name);
    if (!definition.axes && !definition.elementwise) continue;
    for (size_t i = 0; i < definition.samples.size(); ++i) {
      SCOPED_TRACE(name + ", sample " + std::to_string(i));
      if (!Statement(definition, definition.samples[i]).check()) continue;
      ++checked;
      ops.insert(name);
    }
  }
  EXPECT_GT(checked, 100);
  for (const char* name : {"softmax", "layer_norm", "reduce_sum", "concat", "split", "matmul", "einsum", "transpose",
                           "linear", "slice_by_index", "add", "select"})
    EXPECT_TRUE(ops.count(name)) << name;
}

}  // namespace
}  // namespace anemone
