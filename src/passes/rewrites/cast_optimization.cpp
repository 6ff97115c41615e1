// SPDX-License-Identifier: Apache-2.0
// Cancels and merges casts when that is exact: the first one loses nothing.
//
//     b = cast(cast(x: fp16, fp32), fp16)     ->   x
//     b = cast(cast(x: fp16, fp32), int32)    ->   cast(x, int32)
//     b = cast(cast(x: fp32, fp16), fp32)          stays: the value was rounded
#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Bits of the integers that a type holds one by one, counting the sign.
int exact_bits(DType type) {
  if (type == DType::kFloat16) return 12;
  return type == DType::kFloat32 ? 25 : bit_width(type);
}

// Every value of `from` is a value of `to`, and casting finds it.
bool lossless(DType from, DType to) {
  if (from == to || from == DType::kBool) return true;
  if (to == DType::kBool) return false;
  if (is_float(from)) return is_float(to) && bit_width(from) <= bit_width(to);
  const int bits = bit_width(from) + (is_signed(from) ? 0 : 1);  // unsigned ones need a sign bit in a signed type
  if (is_float(to) || is_signed(to)) return bits <= exact_bits(to);
  return !is_signed(from) && bit_width(from) <= bit_width(to);
}

// Whether cast(x, from -> to) is what two casts by way of `middle` give. How integers are narrowed is not written down
// anywhere, so those stay.
bool mergeable(DType from, DType middle, DType to) {
  if (!lossless(from, middle)) return false;
  return is_float(to) || to == DType::kBool || lossless(from, to) || (is_float(from) && to == DType::kInt32);
}

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  std::vector<Patch> patches;
  for_each_op(graph, [&](const Op& op) {
    if (op.type != "cast") return;
    const Op* first = producer_of(graph, op, "x", "cast");
    const ValueId x = first ? value_of(graph, *first, "x") : kNoValue;
    if (x == kNoValue) return;
    const DType from = graph.type(x).dtype;
    const DType to = op.outputs[0].type.dtype;
    if (!mergeable(from, first->outputs[0].type.dtype, to)) return;
    if (from == to) {
      if (needs_identity(graph, op.id(), x)) return;
      patches.push_back(Patch::use_instead(op.id(), x));
      patches.back().remove = {op.id()};
      return;
    }
    Builder builder = context.builder(graph);
    const ValueId merged = builder.add("cast", {{"dtype", std::string(name_of(to))}, {"x", x}}, op.outputs[0].name);
    patches.push_back(Patch::insert_before(op, builder));
    patches.back().replace[op.id()] = merged;
    patches.back().remove = {op.id()};
  });
  return patches;
}

}  // namespace

void register_pass_cast_optimization(PassTable& table) {
  table.add({"cast_optimization", Stage::kCleanUp, {}, "cancel and merge casts that lose nothing", find});
}

}  // namespace anemone
