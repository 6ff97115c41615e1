// SPDX-License-Identifier: Apache-2.0
// A constant is a promise: bytes in memory or in a mapped file, followed by pure steps (cast, transpose, reshape,
// stride, slice, concatenate, scale). Nothing is computed until somebody asks for the bytes, and then one tensor at a
// time. Constants are immutable and cheap to copy. Strings, and lists or dictionaries of strings and numbers, are held
// as plain values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "ir/tensor.h"

namespace anemone {

// Where bytes lie in a file.
struct FileRange {
  std::shared_ptr<const MappedFile> file;
  size_t offset = 0;
  size_t size = 0;
};

class Constant {
 public:
  // Tensors.
  explicit Constant(Tensor stored);
  static Constant of(float value, DType dtype = DType::kFloat32);
  static Constant of(int32_t value) { return Constant(Tensor::scalar(value)); }
  static Constant of(bool value) { return Constant(Tensor::scalar(value)); }
  static Constant of(const std::vector<int32_t>& values) { return Constant(Tensor::vector(values)); }
  static Constant of(const std::vector<bool>& values);
  static Constant text(const std::string& value);
  static Constant texts(std::vector<std::string> values, ConcreteShape shape);
  // A range of a file; the bytes must lie inside it and fit the type.
  static Constant mapped(std::shared_ptr<const MappedFile> file, size_t offset, DType dtype, ConcreteShape shape);
  // Lists, tuples and dictionaries (keys and values alternate), of any constants.
  static Constant aggregate(Type type, std::vector<Constant> members);

  const Type& type() const;
  int64_t element_count() const { return type().element_count(); }
  // Passes may read these; larger ones only by a declared visit.
  bool is_small() const;

  // Steps. Each gives a new promise; arguments are checked now, bytes are made later.
  Constant cast(DType dtype) const;
  // To fp16 as Core ML's own converter does it: finite values stay finite (at most 65504), and in constants of fewer
  // than 400 elements a value that is not zero does not become zero, so that an epsilon never vanishes.
  Constant saturated_half() const;
  Constant transposed(const std::vector<int>& permutation) const;
  Constant reshaped(ConcreteShape shape) const;
  // A view of all elements in their order: element i of the result is element sum(i * strides), as in torch.
  Constant strided(ConcreteShape shape, const std::vector<int64_t>& strides) const;
  Constant sliced(int axis, int64_t begin, int64_t end) const;
  static Constant concatenated(const std::vector<Constant>& parts, int axis);
  Constant scaled(float factor) const;

  // The bytes, packed as type() says. `stored` views file or memory directly when there is no step to do.
  Tensor stored(int threads = 1) const;
  // The same in compute form (see to_compute).
  Tensor tensor() const { return to_compute(stored()); }
  // Tells the system that the source's pages are not needed for now.
  void release() const;

  // The range of a file that holds exactly the bytes of stored(), when there is one.
  std::optional<FileRange> file_range() const;

  // Equal identities mean equal values without comparing bytes; small values in memory are their own identity.
  std::string identity() const;

  const std::vector<std::string>& strings() const;  // of a string tensor
  const std::vector<Constant>& members() const;     // of a list, tuple or dictionary

  struct Node;  // in constant.cpp

 private:
  explicit Constant(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  Constant in_order_of_memory(const ConcreteShape& shape, const std::vector<int>& order) const;
  static Constant step(Type type, const std::string& name, std::vector<Constant> sources,
                       std::function<Tensor(const std::vector<Constant>&, int threads)> make);
  std::shared_ptr<const Node> node_;
};

// Same type and same value; reads the bytes when identities do not decide.
bool equal(const Constant& a, const Constant& b);

// Constants up to this many elements are plain values that passes may read.
inline constexpr int64_t kSmallConstant = 16384;

}  // namespace anemone
