// SPDX-License-Identifier: Apache-2.0
// select: a where cond is true, else b; all three broadcast as in NumPy.
#include "ops/ops.h"
#include "ops/shared/elementwise.h"

namespace anemone {
namespace {

template <typename T>
void apply(const Arguments& args, Results& results) {
  const Tensor& cond = args.tensor("cond");
  const Tensor& a = args.tensor("a");
  const Tensor& b = args.tensor("b");
  const std::array<const Tensor*, 3> operands = {&cond, &a, &b};
  const ConcreteShape shape = broadcast_shape({&cond, &a, &b});
  T* out = results.allocate(0, shape, a.dtype()).as<T>().data();
  const bool* conditions = cond.as<bool>().data();
  const T* yes = a.as<T>().data();
  const T* no = b.as<T>().data();
  for_each_run(shape, operands, results.threads(), [&](const BroadcastRun<3>& run) {
    for (int64_t i = 0; i < run.count; ++i) {
      const bool holds = conditions[run.offsets[0] + i * run.steps[0]];
      const T x = yes[run.offsets[1] + i * run.steps[1]];
      const T y = no[run.offsets[2] + i * run.steps[2]];
      out[run.begin + i] = holds ? x : y;
    }
  });
}

std::vector<Type> infer(const Arguments& args) {
  const Type& a = args.type("a");
  return {broadcast_type({&args.type("cond"), &a, &args.type("b")}, a.dtype)};
}

void run(const Arguments& args, Results& results) {
  with_element_type(args.tensor("a").dtype(), [&](auto element) { apply<decltype(element)>(args, results); });
}

}  // namespace

void register_op_select(OpTable& table) {
  OpDefinition op;
  op.name = "select";
  op.signatures = {signature(5, "cond: bool, a: T=fp16|fp32|bool|int32, b: T")};
  op.infer = infer;
  op.evaluate = run;
  op.elementwise = true;
  op.samples = {
      {{{"cond", bools({2, 1}, {true, false})}, {"a", floats({3}, {1, 2, 3})}, {"b", floats({}, {0})}},
       {floats({2, 3}, {1, 2, 3, 0, 0, 0})},
       "by hand",
       0,
       0},
      {{{"cond", bools({2}, {true, false})}, {"a", ints({2}, {1, 2})}, {"b", ints({2}, {8, 9})}},
       {ints({2}, {1, 9})},
       "by hand",
       0,
       0},
  };
  table.add(std::move(op));
}

}  // namespace anemone
