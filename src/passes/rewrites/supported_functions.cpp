// SPDX-License-Identifier: Apache-2.0
// The Neural Engine evaluates functions by tables; those that have none are written by those that have one.
//
//     tan(x)     ->   sin(x) / cos(x)                   asin(x)    ->   atan(x / sqrt(1 - x^2))
//     sinh(x)    ->   (exp(x) - exp(-x)) / 2            acos(x)    ->   2 atan(sqrt((1 - x) / (1 + x)))
//     cosh(x)    ->   (exp(x) + exp(-x)) / 2            atanh(x)   ->   (log(1 + x) - log(1 - x)) / 2
//     mod(x, y)  ->   x - y * floor(x / y)
#include <functional>
#include <map>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

class Writer {
 public:
  Writer(Builder& builder, const Op& op, const Graph& graph)
      : builder_(builder), name_(op.outputs[0].name), dtype_(op.outputs[0].type.dtype) {
    x_ = *graph.operand(op, "x");
    if (const Operand* y = graph.operand(op, "y")) y_ = *y;
  }

  // The op's result by other functions; nothing when it needs none.
  std::optional<ValueId> write(const std::string& type) {
    static const std::map<std::string, ValueId (Writer::*)()> kWritten = {
        {"tan", &Writer::tan},   {"sinh", &Writer::sinh},   {"cosh", &Writer::cosh}, {"asin", &Writer::asin},
        {"acos", &Writer::acos}, {"atanh", &Writer::atanh}, {"mod", &Writer::mod}};
    const auto found = kWritten.find(type);
    if (found == kWritten.end() || !is_float(dtype_)) return std::nullopt;
    return (this->*found->second)();
  }

 private:
  Operand number(float value) const { return Operand(Constant::of(value, dtype_)); }
  ValueId unary(const char* type, const Operand& x) { return builder_.add(type, {{"x", {x}}}, name_); }
  ValueId binary(const char* type, const Operand& x, const Operand& y) {
    return builder_.add(type, {{"x", {x}}, {"y", {y}}}, name_);
  }
  ValueId half_of(ValueId x) { return binary("mul", Operand(x), number(0.5F)); }

  ValueId tan() {
    const ValueId sine = unary("sin", x_);
    const ValueId cosine = unary("cos", x_);
    return binary("real_div", Operand(sine), Operand(cosine));
  }
  ValueId exponentials(const char* joined) {
    const ValueId rising = unary("exp", x_);
    const ValueId falling = unary("exp", Operand(binary("mul", x_, number(-1))));
    return half_of(binary(joined, Operand(rising), Operand(falling)));
  }
  ValueId sinh() { return exponentials("sub"); }
  ValueId cosh() { return exponentials("add"); }
  ValueId asin() {
    const ValueId square = binary("mul", x_, x_);
    const ValueId other = unary("sqrt", Operand(binary("sub", number(1), Operand(square))));
    return unary("atan", Operand(binary("real_div", x_, Operand(other))));
  }
  ValueId acos() {
    const ValueId below = binary("sub", number(1), x_);
    const ValueId above = binary("add", x_, number(1));
    const ValueId half =
        unary("atan", Operand(unary("sqrt", Operand(binary("real_div", Operand(below), Operand(above))))));
    return binary("mul", Operand(half), number(2));
  }
  ValueId atanh() {
    const ValueId above = unary("log", Operand(binary("add", x_, number(1))));
    const ValueId below = unary("log", Operand(binary("sub", number(1), x_)));
    return half_of(binary("sub", Operand(above), Operand(below)));
  }
  ValueId mod() {
    const ValueId whole = unary("floor", Operand(binary("real_div", x_, y_)));
    return binary("sub", x_, Operand(binary("mul", y_, Operand(whole))));
  }

  Builder& builder_;
  const std::string& name_;
  DType dtype_;
  Operand x_{kNoValue}, y_{kNoValue};
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (!graph.operand(op, "x") || !op.outputs[0].type.is_tensor()) return;
    Builder builder = context.builder(graph);
    if (const auto made = Writer(builder, op, graph).write(op.type))
      patches.push_back(Patch::instead_of(op, builder, *made));
  });
  return patches;
}

}  // namespace

void register_pass_supported_functions(PassTable& table) {
  table.add({"supported_functions", Stage::kCanonicalize, {}, "functions that the Neural Engine has tables for", find});
}

}  // namespace anemone
