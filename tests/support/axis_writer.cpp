// SPDX-License-Identifier: Apache-2.0
#include "axis_writer.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/hash.h"
#include "ops/ops.h"

namespace anemone::test {

Lettered Lettered::renamed(char from, char to) const {
  Lettered result = *this;
  std::replace(result.axes.begin(), result.axes.end(), from, to);
  return result;
}

int Lettered::axis(char letter) const {
  const size_t at = axes.find(letter);
  CHECK(at != std::string::npos);
  return static_cast<int>(at);
}

AxisWriter::AxisWriter(int opset, DType dtype, unsigned seed, std::map<char, int64_t> sizes)
    : dtype_(dtype), seed_(seed), sizes_(std::move(sizes)), styles_(seed), builder_(op_table(), "main", opset) {
  sizes_['1'] = 1;
}

int64_t AxisWriter::size(char letter) const { return sizes_.at(letter); }

ConcreteShape AxisWriter::shape(const std::string& axes) const {
  ConcreteShape shape;
  for (const char letter : axes) shape.push_back(size(letter));
  return shape;
}

Lettered AxisWriter::input(const std::string& name, DType dtype, const std::string& axes) {
  return {builder_.input(name, Type::tensor(dtype, shape(axes))), axes};
}

Lettered AxisWriter::constant(const Constant& value, const std::string& axes, const std::string& name) {
  return {builder_.constant(value, name), axes};
}

Lettered AxisWriter::table(const std::string& axes, const std::function<float(const std::map<char, int64_t>&)>& value) {
  const ConcreteShape sizes = shape(axes);
  std::vector<float> values;
  for (int64_t i = 0; i < product(sizes); ++i) {
    std::map<char, int64_t> at;
    int64_t rest = i;
    for (size_t axis = axes.size(); axis-- > 0; rest /= sizes[axis]) at[axes[axis]] = rest % sizes[axis];
    values.push_back(value(at));
  }
  return constant(floats(sizes, values, dtype_), axes);
}

Constant AxisWriter::normal(const std::string& name, const ConcreteShape& shape, float width, float mean) {
  std::seed_seq words(name.begin(), name.end());
  std::vector<unsigned> mixed(1);
  words.generate(mixed.begin(), mixed.end());
  std::mt19937 random(seed_ ^ mixed[0]);
  std::vector<float> values(static_cast<size_t>(product(shape)));
  for (float& value : values) {  // the sum of twelve uniform numbers: the same with every standard library
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random()) / 4294967296.0;
    value = mean + width * static_cast<float>(sum);
  }
  return floats(shape, values, dtype_);
}

Lettered AxisWriter::add(const std::string& op, std::vector<Arg> args, const std::string& axes,
                         const std::string& name) {
  return {builder_.add(op, std::move(args), name), axes};
}

Lettered AxisWriter::transposed(const Lettered& x, const std::string& axes) {
  if (x.axes == axes) return x;
  std::vector<int32_t> perm;
  for (const char letter : axes) perm.push_back(x.axis(letter));
  if (below(4) == 0)
    for (int32_t& axis : perm) axis -= static_cast<int32_t>(perm.size());
  return add("transpose", {{"x", x.id}, {"perm", perm}}, axes);
}

Lettered AxisWriter::reshaped(const Lettered& x, const std::string& axes) {
  if (x.axes == axes) return x;
  std::vector<int32_t> sizes;
  for (const char letter : axes) sizes.push_back(static_cast<int32_t>(size(letter)));
  std::vector<int32_t> added;
  std::string kept;
  for (size_t i = 0; i < axes.size(); ++i)
    (axes[i] == '1' ? void(added.push_back(static_cast<int32_t>(i))) : void(kept += axes[i]));
  if (kept == x.axes && below(2)) return add("expand_dims", {{"x", x.id}, {"axes", added}}, axes);
  std::vector<int32_t> dropped;
  kept.clear();
  for (size_t i = 0; i < x.axes.size(); ++i)
    (x.axes[i] == '1' ? void(dropped.push_back(static_cast<int32_t>(i))) : void(kept += x.axes[i]));
  if (kept == axes && below(2)) return add("squeeze", {{"x", x.id}, {"axes", dropped}}, axes);
  if (below(3) == 0) sizes[static_cast<size_t>(below(static_cast<int>(sizes.size())))] = -1;
  return add("reshape", {{"x", x.id}, {"shape", sizes}}, axes);
}

Lettered AxisWriter::unary(const std::string& op, const Lettered& x) { return add(op, {{"x", x.id}}, x.axes); }

Lettered AxisWriter::binary(const std::string& op, const Lettered& x, const Lettered& y) {
  const Lettered& longer = x.axes.size() >= y.axes.size() ? x : y;
  const Lettered& shorter = x.axes.size() >= y.axes.size() ? y : x;
  std::string axes = longer.axes;
  for (size_t i = 0; i < shorter.axes.size(); ++i) {
    char& letter = axes[axes.size() - 1 - i];
    if (letter == '1') letter = shorter.axes[shorter.axes.size() - 1 - i];
  }
  return add(op, {{"x", x.id}, {"y", y.id}}, axes);
}

Lettered AxisWriter::binary(const std::string& op, const Lettered& x, float y) {
  const DType dtype = builder_.type(x.id).dtype;
  return add(op, {{"x", x.id}, {"y", Constant::of(y, dtype)}}, x.axes);
}

Lettered AxisWriter::cast(const Lettered& x, DType dtype) {
  if (builder_.type(x.id).dtype == dtype) return x;
  return add("cast", {{"x", x.id}, {"dtype", std::string(name_of(dtype))}}, x.axes);
}

Lettered AxisWriter::concat(const std::vector<Lettered>& parts, char letter) {
  std::vector<ValueId> values;
  for (const Lettered& part : parts) values.push_back(part.id);
  return add("concat", {{"values", values}, {"axis", parts[0].axis(letter)}}, parts[0].axes);
}

Lettered AxisWriter::slice(const Lettered& x, char letter, int64_t begin, int64_t end, int64_t step) {
  const auto axis = static_cast<size_t>(x.axis(letter));
  std::vector<int32_t> from(x.axes.size(), 0);
  std::vector<int32_t> to;
  for (const Dim& dim : builder_.type(x.id).shape) to.push_back(static_cast<int32_t>(dim.value()));
  from[axis] = static_cast<int32_t>(begin);
  const bool is_rest = end == to[axis];
  to[axis] = static_cast<int32_t>(end);
  if (step == 1 && below(4) == 0) {
    std::vector<int32_t> sizes = to;
    sizes[axis] -= from[axis];
    return add("slice_by_size", {{"x", x.id}, {"begin", from}, {"size", sizes}}, x.axes);
  }
  std::vector<Arg> args = {{"x", x.id}, {"begin", from}, {"end", to}};
  if (step != 1) {
    std::vector<int32_t> steps(x.axes.size(), 1);
    steps[axis] = static_cast<int32_t>(step);
    args.push_back({"stride", steps});
  }
  if (below(2)) {
    std::vector<bool> open(x.axes.size(), true);
    open[axis] = is_rest;
    args.push_back({"end_mask", Constant::of(open)});
  }
  return add("slice_by_index", std::move(args), x.axes);
}

Lettered AxisWriter::pick(const Lettered& x, char letter, int64_t index) {
  const int axis = x.axis(letter);
  std::string axes = x.axes;
  axes.erase(static_cast<size_t>(axis), 1);
  const int style = below(3);
  if (style == 0) return add("gather", {{"x", x.id}, {"indices", static_cast<int>(index)}, {"axis", axis}}, axes);
  if (style == 1) return add("squeeze", {{"x", slice(x, letter, index, index + 1).id}, {"axes", {axis}}}, axes);
  std::vector<int32_t> from(x.axes.size(), 0);
  std::vector<int32_t> to;
  for (const Dim& dim : builder_.type(x.id).shape) to.push_back(static_cast<int32_t>(dim.value()));
  from[static_cast<size_t>(axis)] = static_cast<int32_t>(index);
  to[static_cast<size_t>(axis)] = static_cast<int32_t>(index + 1);
  std::vector<bool> squeezed(x.axes.size(), false);
  squeezed[static_cast<size_t>(axis)] = true;
  return add("slice_by_index", {{"x", x.id}, {"begin", from}, {"end", to}, {"squeeze_mask", Constant::of(squeezed)}},
             axes);
}

std::vector<Lettered> AxisWriter::split(const Lettered& x, char letter, const std::vector<int64_t>& sizes) {
  std::vector<Arg> args = {{"x", x.id},
                           {"axis", below(2) ? x.axis(letter) : x.axis(letter) - static_cast<int>(x.axes.size())}};
  if (std::all_of(sizes.begin(), sizes.end(), [&](int64_t size) { return size == sizes[0]; }) && below(2))
    args.push_back({"num_splits", static_cast<int>(sizes.size())});
  else
    args.push_back({"split_sizes", std::vector<int32_t>(sizes.begin(), sizes.end())});
  std::vector<Lettered> parts;
  for (const ValueId id : builder_.add_many("split", std::move(args))) parts.push_back({id, x.axes});
  return parts;
}

Lettered AxisWriter::matmul(const Lettered& x, const Lettered& y, bool transpose_x, bool transpose_y,
                            const std::string& axes) {
  std::vector<Arg> args = {{"x", x.id}, {"y", y.id}};
  if (transpose_x || below(2)) args.push_back({"transpose_x", transpose_x});
  if (transpose_y || below(2)) args.push_back({"transpose_y", transpose_y});
  return add("matmul", std::move(args), axes);
}

Lettered AxisWriter::einsum(const Lettered& x, const Lettered& y, const std::string& axes) {
  std::string equation = x.axes + "," + y.axes + "->" + axes;
  std::replace(equation.begin(), equation.end(), '1', 'x');
  return add("einsum", {{"values", std::vector<ValueId>{x.id, y.id}}, {"equation", equation}}, axes);
}

}  // namespace anemone::test
