// SPDX-License-Identifier: Apache-2.0
#include "ir/constant.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"
#include "ir/constant_steps.h"

namespace anemone {

// A promise: what it is, how to say who it is, how to make its bytes.
struct Constant::Node {
  struct Transposition {
    Constant source;
    std::vector<int> permutation;
  };

  Type type;
  std::function<Tensor(int threads)> make;
  std::function<std::string()> identify;
  std::function<void()> release;
  std::optional<FileRange> range;
  std::vector<std::string> strings;
  std::vector<Constant> members;
  std::optional<Transposition> transposition;  // when that is the last step
};

namespace {

std::string hash_of(const Tensor& tensor) {
  return tensor.byte_size() <= 64 ? std::string(reinterpret_cast<const char*>(tensor.bytes()), tensor.byte_size())
                                  : sha256(tensor.byte_span());
}

// The axes of a view in the order in which they lie in memory, outermost first, when it has each of the `count`
// elements exactly once.
std::optional<std::vector<int>> order_in_memory(const ConcreteShape& shape, const std::vector<int64_t>& strides,
                                                int64_t count) {
  std::vector<int> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  const auto size = [&](int axis) { return shape[static_cast<size_t>(axis)]; };
  const auto stride = [&](int axis) { return size(axis) == 1 ? count : strides[static_cast<size_t>(axis)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return stride(a) > stride(b); });
  int64_t expected = 1;
  for (size_t i = order.size(); i-- > 0; expected *= size(order[i]))
    if (size(order[i]) != 1 && stride(order[i]) != expected) return std::nullopt;
  return expected == count ? std::optional(order) : std::nullopt;
}

}  // namespace

Constant::Constant(Tensor stored) {
  Node node;
  node.type = stored.type();
  node.identify = [stored] { return "data " + stored.type().str() + hash_of(stored); };
  node.make = [stored](int) { return stored; };
  node_ = std::make_shared<const Node>(std::move(node));
}

Constant Constant::of(float value, DType dtype) { return Constant(converted(Tensor::scalar(value), dtype)); }

Constant Constant::of(const std::vector<bool>& values) {
  Tensor tensor(DType::kBool, {static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.as<bool>().begin());
  return Constant(std::move(tensor));
}

Constant Constant::text(const std::string& value) { return texts({value}, {}); }

Constant Constant::texts(std::vector<std::string> values, ConcreteShape shape) {
  if (product(shape) != static_cast<int64_t>(values.size()))
    fail("{} strings for shape {}", values.size(), to_string(shape));
  Node node;
  node.type = Type::tensor(DType::kString, shape);
  node.identify = [values, shape] {
    std::string all = "text " + to_string(shape);
    for (const std::string& value : values) all += std::to_string(value.size()) + ":" + value;
    return all;
  };
  node.strings = std::move(values);
  return Constant(std::make_shared<const Node>(std::move(node)));
}

Constant Constant::mapped(std::shared_ptr<const MappedFile> file, size_t offset, DType dtype, ConcreteShape shape) {
  const auto size = byte_size(dtype, product(shape));
  const size_t available = file->bytes().size();
  if (!size || offset > available || static_cast<size_t>(*size) > available - offset)
    fail("{}: {} at offset {} runs past the end of the file ({} bytes)", file->path().string(),
         Type::tensor(dtype, shape).str(), offset, available);
  const auto bytes = static_cast<size_t>(*size);
  Node node;
  node.type = Type::tensor(dtype, shape);
  node.range = FileRange{file, offset, bytes};
  node.identify = [file, offset, type = node.type] {
    return fmt::format("file {}@{}:{}", static_cast<const void*>(file.get()), offset, type.str());
  };
  node.make = [file, offset, dtype, shape](int) {
    auto* data = const_cast<std::byte*>(file->bytes().data()) + offset;
    if (reinterpret_cast<uintptr_t>(data) % 8 == 0) return Tensor(dtype, shape, data, file);
    Tensor aligned(dtype, shape);  // formats promise no alignment
    std::memcpy(aligned.bytes(), data, aligned.byte_size());
    return aligned;
  };
  node.release = [file, offset, bytes] { file->release(offset, bytes); };
  return Constant(std::make_shared<const Node>(std::move(node)));
}

Constant Constant::aggregate(Type type, std::vector<Constant> members) {
  CHECK(!type.is_tensor() && !type.is_state());
  Node node;
  node.type = std::move(type);
  node.members = std::move(members);
  node.identify = [type_text = node.type.str(), parts = node.members] {
    std::string all = "members " + type_text;
    for (const Constant& part : parts) all += "(" + part.identity() + ")";
    return all;
  };
  return Constant(std::make_shared<const Node>(std::move(node)));
}

const Type& Constant::type() const { return node_->type; }

bool Constant::is_small() const { return !type().is_tensor() || element_count() <= kSmallConstant; }

// A step: how the bytes follow from those of `sources`, and its name for identities.
Constant Constant::step(Type type, const std::string& name, std::vector<Constant> sources,
                        std::function<Tensor(const std::vector<Constant>&, int)> make) {
  Node node;
  node.type = std::move(type);
  node.make = [sources, make = std::move(make)](int threads) { return make(sources, threads); };
  node.identify = [name, sources] {
    std::string all = name;
    for (const Constant& source : sources) all += "(" + source.identity() + ")";
    return all;
  };
  node.release = [sources] {
    for (const Constant& source : sources) source.release();
  };
  return Constant(std::make_shared<const Node>(std::move(node)));
}

Constant Constant::cast(DType dtype) const {
  if (dtype == type().dtype) return *this;
  if (const auto& last = node_->transposition; last && bit_width(dtype) < bit_width(type().dtype))
    return last->source.cast(dtype).transposed(last->permutation);  // fewer bytes to move
  return step(
      Type::tensor(dtype, type().shape), fmt::format("cast {}", name_of(dtype)), {*this},
      [dtype](const auto& from, int threads) { return converted_by_pieces(from[0].stored(threads), dtype, threads); });
}

Constant Constant::saturated_half() const {
  CHECK(is_float(type().dtype));
  if (type().dtype == DType::kFloat16) return *this;
  if (const auto& last = node_->transposition) return last->source.saturated_half().transposed(last->permutation);
  return step(
      Type::tensor(DType::kFloat16, type().shape), "saturated half", {*this},
      [](const auto& from, int threads) { return half_without_loss_of_kind(from[0].stored(threads), threads); });
}

Constant Constant::transposed(const std::vector<int>& permutation) const {
  Shape shape;
  std::vector<bool> seen(type().shape.size(), false);
  if (permutation.size() != type().shape.size())
    fail("permutation of rank {} for {}", permutation.size(), type().str());
  for (const int axis : permutation) {
    if (axis < 0 || axis >= type().rank() || seen[static_cast<size_t>(axis)]) fail("not a permutation of the axes");
    seen[static_cast<size_t>(axis)] = true;
    shape.push_back(type().shape[static_cast<size_t>(axis)]);
  }
  const Constant made = step(
      Type::tensor(type().dtype, shape), fmt::format("transpose {}", fmt::join(permutation, ",")), {*this},
      [permutation](const auto& from, int threads) { return permuted(from[0].stored(threads), permutation, threads); });
  Node node = *made.node_;
  node.transposition = Node::Transposition{*this, permutation};
  return Constant(std::make_shared<const Node>(std::move(node)));
}

Constant Constant::reshaped(ConcreteShape shape) const {
  if (product(shape) != element_count()) fail("{} cannot take shape {}", type().str(), to_string(shape));
  if (shape == type().concrete()) return *this;
  return step(Type::tensor(type().dtype, shape), "reshape " + to_string(shape), {*this},
              [shape](const auto& from, int threads) { return from[0].stored(threads).reshaped(shape); });
}

Constant Constant::strided(ConcreteShape shape, const std::vector<int64_t>& strides) const {
  CHECK(shape.size() == strides.size() && !is_sub_byte(type().dtype));
  const Type view = Type::tensor(type().dtype, shape);
  const bool is_empty = product(shape) == 0;
  int64_t last = 0;
  for (size_t i = 0; i < shape.size() && !is_empty; ++i) {
    const int64_t steps = shape[i] - 1;
    if (strides[i] < 0 || (steps > 0 && strides[i] > (element_count() - last) / steps))
      fail("strides ({}) of shape {} leave the {} elements", fmt::join(strides, ", "), to_string(shape),
           element_count());
    last += steps * strides[i];
  }
  if (!is_empty && last >= element_count()) fail("shape {} leaves the {} elements", to_string(shape), element_count());
  if (const auto order = order_in_memory(shape, strides, element_count())) return in_order_of_memory(shape, *order);
  return step(
      view, fmt::format("strides {} of {}", fmt::join(strides, ","), to_string(shape)), {*this},
      [shape, strides](const auto& from, int threads) { return gathered(from[0].stored(threads), shape, strides); });
}

// A view that only names the axes in another order: `order` lists them, outermost in memory first.
Constant Constant::in_order_of_memory(const ConcreteShape& shape, const std::vector<int>& order) const {
  ConcreteShape stored_shape;
  std::vector<int> permutation(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    stored_shape.push_back(shape[static_cast<size_t>(order[i])]);
    permutation[static_cast<size_t>(order[i])] = static_cast<int>(i);
  }
  const Constant dense = reshaped(std::move(stored_shape));
  return std::is_sorted(order.begin(), order.end()) ? dense : dense.transposed(permutation);
}

Constant Constant::sliced(int axis, int64_t begin, int64_t end) const {
  CHECK(axis >= 0 && axis < type().rank() && !is_sub_byte(type().dtype));
  ConcreteShape shape = type().concrete();
  int64_t& size = shape[static_cast<size_t>(axis)];
  if (begin < 0 || begin > end || end > size) fail("slice [{}, {}) of axis {} of {}", begin, end, axis, type().str());
  size = end - begin;
  return step(Type::tensor(type().dtype, shape), fmt::format("slice {} {} {}", axis, begin, end), {*this},
              [=](const auto& from, int threads) {
                Tensor part(from[0].type().dtype, shape);
                copy_slab(from[0].stored(threads), part, axis, begin, 0, end - begin);
                return part;
              });
}

Constant Constant::concatenated(const std::vector<Constant>& parts, int axis) {
  CHECK(!parts.empty() && !is_sub_byte(parts[0].type().dtype));
  ConcreteShape shape = parts[0].type().concrete();
  int64_t& size = shape[static_cast<size_t>(axis)];
  size = 0;
  for (const Constant& part : parts) size += part.type().concrete()[static_cast<size_t>(axis)];
  return step(Type::tensor(parts[0].type().dtype, shape), fmt::format("concat {}", axis), parts,
              [shape, axis](const auto& from, int threads) {
                Tensor all(from[0].type().dtype, shape);
                int64_t at = 0;
                for (const Constant& part : from) {
                  const int64_t count = part.type().concrete()[static_cast<size_t>(axis)];
                  copy_slab(part.stored(threads), all, axis, 0, at, count);
                  at += count;
                }
                return all;
              });
}

Constant Constant::scaled(float factor) const {
  CHECK(is_float(type().dtype));
  return step(type(), "scale " + shortest(factor), {*this}, [factor](const auto& from, int threads) {
    const Tensor values = to_compute(from[0].stored(threads));
    Tensor result(DType::kFloat32, values.shape());
    std::transform(values.as<float>().begin(), values.as<float>().end(), result.as<float>().begin(),
                   [factor](float value) { return value * factor; });
    return converted(result, from[0].type().dtype);
  });
}

Tensor Constant::stored(int threads) const {
  CHECK(node_->make);
  return node_->make(threads);
}

void Constant::release() const {
  if (node_->release) node_->release();
}

std::optional<FileRange> Constant::file_range() const { return node_->range; }

std::string Constant::identity() const { return node_->identify(); }

const std::vector<std::string>& Constant::strings() const {
  if (!type().is_tensor() || type().dtype != DType::kString) fail("{} is not a string", type().str());
  return node_->strings;
}

const std::vector<Constant>& Constant::members() const { return node_->members; }

bool equal(const Constant& a, const Constant& b) {
  if (!(a.type() == b.type())) return false;
  if (!a.type().is_tensor()) {
    return std::equal(a.members().begin(), a.members().end(), b.members().begin(), b.members().end(), equal);
  }
  if (a.type().dtype == DType::kString) return a.strings() == b.strings();
  const Tensor left = a.stored();
  const Tensor right = b.stored();
  return left.byte_size() == right.byte_size() &&
         (left.byte_size() == 0 || std::memcmp(left.bytes(), right.bytes(), left.byte_size()) == 0);
}

}  // namespace anemone
