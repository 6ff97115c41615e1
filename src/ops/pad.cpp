// SPDX-License-Identifier: Apache-2.0
// pad: elements in front of and behind the last len(pad)/2 axes: a constant, the mirrored neighbours (the edge itself
// not repeated) or the repeated edge.
#include <algorithm>

#include "ops/ops.h"
#include "ops/shared/movement.h"
#include "ops/shared/view.h"

namespace anemone {
namespace {

struct Padding {
  int64_t before = 0, after = 0;
};

std::vector<Padding> paddings(const std::vector<int64_t>& pad, int rank) {
  if (pad.size() % 2 != 0 || pad.size() / 2 > static_cast<size_t>(rank))
    fail("pad has {} entries, x has rank {}", pad.size(), rank);
  std::vector<Padding> all(static_cast<size_t>(rank));
  const size_t first = all.size() - pad.size() / 2;
  for (size_t i = 0; i < pad.size(); ++i) {
    if (pad[i] < 0) fail("pad has the entry {}", pad[i]);
    (i % 2 == 0 ? all[first + i / 2].before : all[first + i / 2].after) = pad[i];
  }
  return all;
}

void check_mirrors(const std::string& mode, const Padding& padding, const Dim& size) {
  const int64_t most = std::max(padding.before, padding.after);
  if (mode == "constant" || most == 0 || !size.is_constant()) return;
  if (size.value() == 0) fail("an empty axis has nothing to {}", mode);
  if (mode == "reflect" && most >= size.value()) fail("cannot reflect {} elements of size {}", most, size.value());
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const std::string mode = args.text("mode");
  if (mode != "constant" && mode != "reflect" && mode != "replicate")
    fail("mode is {}, expected constant, reflect or replicate", mode);
  expect_rank(args, "pad", 1);
  if (!x.ranked) return {Type::unranked(x.dtype)};
  const auto pad = args.known_integers("pad");
  if (!pad) {
    const Type& type = args.type("pad");
    if (type.ranked && provably_different(type.shape[0], 2 * x.rank()))
      fail("pad has type {}, expected {} entries", type.str(), 2 * x.rank());
    return {Type::tensor(x.dtype, Shape(x.shape.size(), Dim::unknown()))};
  }
  Shape shape;
  const std::vector<Padding> all = paddings(*pad, x.rank());
  for (size_t i = 0; i < all.size(); ++i) {
    check_mirrors(mode, all[i], x.shape[i]);
    shape.push_back(x.shape[i] + all[i].before + all[i].after);
  }
  return {Type::tensor(x.dtype, shape)};
}

// Fills the borders of one axis of `to` from its inside. `inside` has the borders of the earlier axes cut off; those of
// the later ones are done.
void fill_border(Tensor& to, const View& inside, int axis, const Padding& padding, int64_t size, bool reflect) {
  const auto copy_slice = [&](int64_t source, int64_t target) {
    copy_elements(to, sliced(inside, axis, source, 1), to, sliced(inside, axis, target, 1));
  };
  for (int64_t i = 1; i <= padding.before; ++i) copy_slice(padding.before + (reflect ? i : 0), padding.before - i);
  const int64_t last = padding.before + size - 1;
  for (int64_t i = 1; i <= padding.after; ++i) copy_slice(last - (reflect ? i : 0), last + i);
}

void compute(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const ConcreteShape shape = infer(args)[0].concrete();
  const std::vector<Padding> all = paddings(args.integers("pad"), x.rank());
  const std::string mode = args.text("mode");
  Tensor& to = results.allocate(0, shape, x.dtype());
  if (mode == "constant")
    fill_elements(to, converted(Tensor::scalar(static_cast<float>(args.number("constant_val"))), x.dtype()));
  if (to.size() == 0 || x.size() == 0) return;
  std::vector<View> inside = {whole(shape)};  // [i]: without the borders of the first i axes
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    inside.push_back(sliced(inside.back(), axis, all[at].before, x.shape()[at]));
  }
  copy_elements(x, whole(x.shape()), to, inside.back(), results.threads());
  if (mode == "constant") return;
  for (int axis = x.rank(); axis-- > 0;) {
    const auto at = static_cast<size_t>(axis);
    fill_border(to, inside[at], axis, all[at], x.shape()[at], mode == "reflect");
  }
}

}  // namespace

void register_op_pad(OpTable& table) {
  OpDefinition op;
  op.name = "pad";
  op.signatures = {
      signature(5, "x: T=fp16|fp32, pad: int32, mode: string const = constant, constant_val: V=fp16|fp32 const = 0.0")};
  op.infer = infer;
  op.evaluate = compute;
  const Constant x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto value = Constant::of(9.0F);
  op.samples = {{{{"x", x}, {"pad", {1, 0}}, {"constant_val", value}},
                 {floats({2, 4}, {9, 1, 2, 3, 9, 4, 5, 6})},
                 "numpy 2 reference",
                 0,
                 0},
                // coremltools writes the fill value that it chose itself as fp32, whatever x is.
                {{{"x", floats({1}, {2}, DType::kFloat16)}, {"pad", {1, 0}}, {"constant_val", value}},
                 {floats({2}, {9, 2}, DType::kFloat16)},
                 "by hand",
                 0,
                 0},
                {{{"x", x}, {"pad", {1, 0, 0, 2}}, {"mode", "reflect"}},
                 {floats({3, 5}, {4, 5, 6, 5, 4, 1, 2, 3, 2, 1, 4, 5, 6, 5, 4})},
                 "numpy 2 reference",
                 0,
                 0},
                {{{"x", x}, {"pad", {0, 1, 2, 0}}, {"mode", "replicate"}},
                 {floats({3, 5}, {1, 1, 1, 2, 3, 4, 4, 4, 5, 6, 4, 4, 4, 5, 6})},
                 "numpy 2 reference",
                 0,
                 0}};
  table.add(std::move(op));
}

}  // namespace anemone
