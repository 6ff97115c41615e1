// SPDX-License-Identifier: Apache-2.0
// reverse_sequence: for each entry b of the batch axis, the first lengths[b] elements along the sequence axis reversed.
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& lengths = args.type("lengths");
  expect_rank(args, "lengths", 1);
  if (!x.ranked) return {x};
  args.axis("seq_axis", x.rank());  // checks it
  const Dim& batch = x.shape[static_cast<size_t>(args.axis("batch_axis", x.rank()))];
  if (lengths.ranked && provably_different(batch, lengths.shape[0]))
    fail("lengths has {} entries, the batch axis size {}", lengths.shape[0].str(), batch.str());
  return {x};
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const int sequence = args.axis("seq_axis", x.rank());
  const int batch = args.axis("batch_axis", x.rank());
  const std::vector<int64_t> lengths = args.integers("lengths");
  const View all = whole(x.shape());
  Tensor& to = results.allocate(0, x.shape(), x.dtype());
  copy_elements(x, all, to, results.threads());
  for (size_t b = 0; b < lengths.size() && x.size() > 0; ++b) {
    const View entry = sliced(all, batch, static_cast<int64_t>(b), 1);
    const int64_t length = std::clamp<int64_t>(lengths[b], 0, entry.shape[static_cast<size_t>(sequence)]);
    copy_elements(x, sliced(entry, sequence, length - 1, length, -1), to, sliced(entry, sequence, 0, length));
  }
}

}  // namespace

void register_op_reverse_sequence(OpTable& table) {
  OpDefinition op;
  op.name = "reverse_sequence";
  op.signatures =
      movement_signatures("lengths: int32, seq_axis: int32 const = 0, batch_axis: int32 const = 0",
                          "lengths: U=int8|int16|int32, seq_axis: int32 const = 0, batch_axis: int32 const = 0");
  op.infer = infer;
  op.evaluate = compute;
  op.samples = {{{{"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"lengths", {2, 3}}, {"seq_axis", 1}, {"batch_axis", 0}},
                 {floats({2, 3}, {2, 1, 3, 6, 5, 4})},
                 "by hand",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone
