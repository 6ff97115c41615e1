// SPDX-License-Identifier: Apache-2.0
// Functions that the Neural Engine has no table for, by those that it has. All are exact up to rounding: the forms of
// asin and acos hold to both ends, sinh loses digits near 0 that half precision does not have.
//
//     sinh(x)   ->   (exp(x) - exp(-x)) / 2               atanh(x)  ->   log((1 + x) / (1 - x)) / 2
//     cosh(x)   ->   (exp(x) + exp(-x)) / 2               asin(x)   ->   2 atan(x / (1 + sqrt((1 - x) (1 + x))))
//     tan(x)    ->   sin(x) / cos(x)                      acos(x)   ->   2 atan(sqrt((1 - x) / (1 + x)))
//     mod(x, y) ->   x - y floor(x / y)
#include <map>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Ops of one patch on values of one float type.
class Formula {
 public:
  Formula(Builder& builder, DType dtype, const std::string& name) : builder_(builder), dtype_(dtype), name_(name) {}

  ValueId of(const char* op, ValueId x) { return builder_.add(op, {{"x", x}}, name_); }
  ValueId of(const char* op, Arg x, Arg y) { return builder_.add(op, {std::move(x), std::move(y)}, name_); }
  ValueId binary(const char* op, ValueId x, ValueId y) { return of(op, {"x", x}, {"y", y}); }
  ValueId binary(const char* op, ValueId x, double y) { return of(op, {"x", x}, {"y", number(y)}); }
  ValueId binary(const char* op, double x, ValueId y) { return of(op, {"x", number(x)}, {"y", y}); }

  ValueId exponentials(const char* joined_by, ValueId x) {
    const ValueId falling = of("exp", binary("mul", x, -1.0));
    return binary("mul", binary(joined_by, of("exp", x), falling), 0.5);
  }

 private:
  Constant number(double value) const { return Constant::of(static_cast<float>(value), dtype_); }

  Builder& builder_;
  DType dtype_;
  std::string name_;
};

ValueId asin(Formula& f, ValueId x) {
  const ValueId square = f.binary("mul", f.binary("sub", 1.0, x), f.binary("add", x, 1.0));
  return f.binary("mul", f.of("atan", f.binary("real_div", x, f.binary("add", f.of("sqrt", square), 1.0))), 2.0);
}

ValueId acos(Formula& f, ValueId x) {
  const ValueId ratio = f.binary("real_div", f.binary("sub", 1.0, x), f.binary("add", x, 1.0));
  return f.binary("mul", f.of("atan", f.of("sqrt", ratio)), 2.0);
}

ValueId atanh(Formula& f, ValueId x) {
  return f.binary("mul", f.of("log", f.binary("real_div", f.binary("add", x, 1.0), f.binary("sub", 1.0, x))), 0.5);
}

const std::map<std::string, ValueId (*)(Formula&, ValueId)>& formulas() {
  static const std::map<std::string, ValueId (*)(Formula&, ValueId)> all = {
      {"sinh", [](Formula& f, ValueId x) { return f.exponentials("sub", x); }},
      {"cosh", [](Formula& f, ValueId x) { return f.exponentials("add", x); }},
      {"tan", [](Formula& f, ValueId x) { return f.binary("real_div", f.of("sin", x), f.of("cos", x)); }},
      {"asin", asin},
      {"acos", acos},
      {"atanh", atanh},
  };
  return all;
}

ValueId remainder(Formula& f, const Op& op) {
  const std::vector<Operand> x = op.argument("x")->operands;
  const std::vector<Operand> y = op.argument("y")->operands;
  const ValueId whole = f.of("floor_div", {"x", x}, {"y", y});
  return f.of("sub", {"x", x}, {"y", f.of("mul", {"x", y}, {"y", whole})});
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    const auto formula = formulas().find(op.type);
    if (formula == formulas().end() && op.type != "mod") return;
    const Type& type = op.outputs[0].type;
    if (!type.is_tensor() || !is_float(type.dtype)) return;
    Builder builder = context.builder(graph);
    Formula f(builder, type.dtype, op.outputs[0].name);
    if (op.type == "mod")
      patches.push_back(Patch::instead_of(op, builder, remainder(f, op)));
    else if (const ValueId x = value_of(graph, op, "x"); x != kNoValue)
      patches.push_back(Patch::instead_of(op, builder, formula->second(f, x)));
  });
  return patches;
}

}  // namespace

void register_pass_missing_functions(PassTable& table) {
  table.add({"missing_functions", Stage::kCanonicalize, {}, "functions without a table, by those that have one", find});
}

}  // namespace anemone
