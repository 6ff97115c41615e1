// SPDX-License-Identifier: Apache-2.0
#include "ir/constant.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "base/hash.h"
#include "base/strings.h"

namespace anemone {

// A promise: what it is, how to say who it is, how to make its bytes.
struct Constant::Node {
  Type type;
  std::function<Tensor()> make;
  std::function<std::string()> identify;
  std::function<void()> release;
  std::optional<FileRange> range;
  std::vector<std::string> strings;
  std::vector<Constant> members;
};

namespace {

std::string hash_of(const Tensor& tensor) {
  return tensor.byte_size() <= 64 ? std::string(reinterpret_cast<const char*>(tensor.bytes()), tensor.byte_size())
                                  : sha256(tensor.byte_span());
}

// Copies the block [begin, begin + count) of `axis` between row-major arrays whose axes differ only there.
void copy_slab(const Tensor& from, Tensor& to, int axis, int64_t from_begin, int64_t to_begin, int64_t count) {
  const auto& shape = from.shape();
  int64_t outer = 1;
  auto inner = static_cast<int64_t>(bit_width(from.dtype()) / 8);
  for (int i = 0; i < axis; ++i) outer *= shape[static_cast<size_t>(i)];
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  const int64_t from_stride = shape[static_cast<size_t>(axis)] * inner;
  const int64_t to_stride = to.shape()[static_cast<size_t>(axis)] * inner;
  for (int64_t i = 0; i < outer; ++i)
    std::memcpy(to.bytes() + i * to_stride + to_begin * inner, from.bytes() + i * from_stride + from_begin * inner,
                static_cast<size_t>(count * inner));
}

// Fills `to` in order; a step along axis i of it is `strides[i]` elements of `from`.
template <typename Word>
void gather_words(const Tensor& from, Tensor& to, const std::vector<int64_t>& strides) {
  const size_t rank = to.shape().size();
  std::vector<int64_t> index(rank, 0);
  const auto* source = reinterpret_cast<const Word*>(from.bytes());
  auto* target = reinterpret_cast<Word*>(to.bytes());
  int64_t offset = 0;
  for (int64_t i = 0; i < to.size(); ++i) {
    target[i] = source[offset];
    for (size_t axis = rank; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < to.shape()[axis]) break;
      offset -= strides[axis] * to.shape()[axis];
      index[axis] = 0;
    }
  }
}

Tensor gathered(const Tensor& from, const ConcreteShape& shape, const std::vector<int64_t>& strides) {
  Tensor to(from.dtype(), shape);
  switch (bit_width(from.dtype())) {
    case 8:
      gather_words<uint8_t>(from, to, strides);
      break;
    case 16:
      gather_words<uint16_t>(from, to, strides);
      break;
    case 32:
      gather_words<uint32_t>(from, to, strides);
      break;
    case 64:
      gather_words<uint64_t>(from, to, strides);
      break;
    default:
      return converted(gathered(to_compute(from), shape, strides), from.dtype());
  }
  return to;
}

Tensor permuted(const Tensor& from, const std::vector<int>& permutation) {
  const size_t rank = from.shape().size();
  std::vector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * from.shape()[i];
  ConcreteShape shape;
  std::vector<int64_t> moved;
  for (const int axis : permutation) {
    shape.push_back(from.shape()[static_cast<size_t>(axis)]);
    moved.push_back(strides[static_cast<size_t>(axis)]);
  }
  return gathered(from, shape, moved);
}

// Finite values stay finite, and when `keeps_small`, what is not zero does not become zero.
void keep_kinds(std::span<const float> values, uint16_t* half, bool keeps_small) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t magnitude = half[i] & 0x7FFFU;
    if (magnitude == 0x7C00U && std::isfinite(values[i]))
      half[i] = static_cast<uint16_t>((half[i] & 0x8000U) | 0x7BFFU);
    if (magnitude == 0 && values[i] != 0 && keeps_small) half[i] |= 1U;
  }
}

bool has_infinity(std::span<const uint16_t> half) {
  bool found = false;
  for (const uint16_t value : half) found |= (value & 0x7FFFU) == 0x7C00U;
  return found;
}

// In blocks, so that large tensors need no second copy in single precision.
Tensor half_without_loss_of_kind(const Tensor& from) {
  constexpr int64_t kKeepsSmallValues = 400;
  constexpr int64_t kBlock = int64_t{1} << 14;
  Tensor half(DType::kFloat16, from.shape());
  const int element_size = bit_width(from.dtype()) / 8;
  uint16_t* to = half.as<uint16_t>().data();
  for (int64_t begin = 0; begin < from.size(); begin += kBlock) {
    const int64_t count = std::min(kBlock, from.size() - begin);
    auto* data = const_cast<std::byte*>(from.bytes()) + begin * element_size;
    const Tensor wide = converted(Tensor(from.dtype(), {count}, data, nullptr), DType::kFloat32);
    const auto values = wide.as<float>();
    float_to_half(values.data(), to + begin, values.size());
    const bool keeps_small = half.size() < kKeepsSmallValues;
    if (keeps_small || has_infinity({to + begin, values.size()})) keep_kinds(values, to + begin, keeps_small);
  }
  return half;
}

}  // namespace

Constant::Constant(Tensor stored) {
  Node node;
  node.type = stored.type();
  node.identify = [stored] { return "data " + stored.type().str() + hash_of(stored); };
  node.make = [stored] { return stored; };
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
  node.make = [file, offset, dtype, shape] {
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
                        std::function<Tensor(const std::vector<Constant>&)> make) {
  Node node;
  node.type = std::move(type);
  node.make = [sources, make = std::move(make)] { return make(sources); };
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
  return step(Type::tensor(dtype, type().shape), fmt::format("cast {}", name_of(dtype)), {*this},
              [dtype](const auto& from) { return converted(from[0].stored(), dtype); });
}

Constant Constant::saturated_half() const {
  CHECK(is_float(type().dtype));
  if (type().dtype == DType::kFloat16) return *this;
  return step(Type::tensor(DType::kFloat16, type().shape), "saturated half", {*this},
              [](const auto& from) { return half_without_loss_of_kind(from[0].stored()); });
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
  return step(Type::tensor(type().dtype, shape), fmt::format("transpose {}", fmt::join(permutation, ",")), {*this},
              [permutation](const auto& from) { return permuted(from[0].stored(), permutation); });
}

Constant Constant::reshaped(ConcreteShape shape) const {
  if (product(shape) != element_count()) fail("{} cannot take shape {}", type().str(), to_string(shape));
  if (shape == type().concrete()) return *this;
  return step(Type::tensor(type().dtype, shape), "reshape " + to_string(shape), {*this},
              [shape](const auto& from) { return from[0].stored().reshaped(shape); });
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
  return step(view, fmt::format("strides {} of {}", fmt::join(strides, ","), to_string(shape)), {*this},
              [shape, strides](const auto& from) { return gathered(from[0].stored(), shape, strides); });
}

Constant Constant::sliced(int axis, int64_t begin, int64_t end) const {
  CHECK(axis >= 0 && axis < type().rank() && !is_sub_byte(type().dtype));
  ConcreteShape shape = type().concrete();
  int64_t& size = shape[static_cast<size_t>(axis)];
  if (begin < 0 || begin > end || end > size) fail("slice [{}, {}) of axis {} of {}", begin, end, axis, type().str());
  size = end - begin;
  return step(Type::tensor(type().dtype, shape), fmt::format("slice {} {} {}", axis, begin, end), {*this},
              [=](const auto& from) {
                Tensor part(from[0].type().dtype, shape);
                copy_slab(from[0].stored(), part, axis, begin, 0, end - begin);
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
              [shape, axis](const auto& from) {
                Tensor all(from[0].type().dtype, shape);
                int64_t at = 0;
                for (const Constant& part : from) {
                  const int64_t count = part.type().concrete()[static_cast<size_t>(axis)];
                  copy_slab(part.stored(), all, axis, 0, at, count);
                  at += count;
                }
                return all;
              });
}

Constant Constant::scaled(float factor) const {
  CHECK(is_float(type().dtype));
  return step(type(), "scale " + shortest(factor), {*this}, [factor](const auto& from) {
    const Tensor values = from[0].tensor();
    Tensor result(DType::kFloat32, values.shape());
    std::transform(values.as<float>().begin(), values.as<float>().end(), result.as<float>().begin(),
                   [factor](float value) { return value * factor; });
    return converted(result, from[0].type().dtype);
  });
}

Tensor Constant::stored() const {
  CHECK(node_->make);
  return node_->make();
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
