// SPDX-License-Identifier: Apache-2.0
// Types of MIL values. A dimension is a constant, an affine expression of named symbols ("2*s + 1") or unknown; two
// dimensions disagree only when they provably differ.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/dtype.h"

namespace anemone {

class Dim {
 public:
  Dim(int64_t constant = 0) : constant_(constant) {}  // NOLINT: a number is a dimension
  static Dim symbol(const std::string& name);
  static Dim unknown();

  bool is_constant() const { return !unknown_ && terms_.empty(); }
  bool is_unknown() const { return unknown_; }
  int64_t value() const;  // of a constant; CHECK otherwise
  // The value when every symbol has one.
  std::optional<int64_t> evaluate(const std::map<std::string, int64_t>& symbols) const;
  std::string str() const;  // "12", "2*s + 1", "?"

  // Arithmetic that stays affine; anything else gives unknown.
  Dim operator+(const Dim& other) const;
  Dim operator-(const Dim& other) const;
  Dim operator*(const Dim& other) const;
  Dim divided_by(int64_t divisor) const;  // exact or, for a constant, floor division

  // Structural equality. Two unknowns are equal as descriptions, not as lengths: see provably_equal.
  friend bool operator==(const Dim& a, const Dim& b) = default;

 private:
  int64_t constant_ = 0;
  std::vector<std::pair<std::string, int64_t>> terms_;  // sorted by symbol, factors never 0
  bool unknown_ = false;
};

bool provably_equal(const Dim& a, const Dim& b);
bool provably_different(const Dim& a, const Dim& b);

using Shape = std::vector<Dim>;
using ConcreteShape = std::vector<int64_t>;

struct Type {
  enum class Kind : uint8_t { kTensor, kList, kTuple, kDictionary, kState };

  Kind kind = Kind::kTensor;
  DType dtype = DType::kFloat32;  // tensor only
  bool ranked = true;             // tensor only: false when even the rank is unknown
  Shape shape;                    // tensor only
  Dim length;                     // list only
  std::vector<Type> elements;     // list: 1, tuple: n, dictionary: key and value, state: the tensor it holds

  static Type tensor(DType dtype, Shape shape);
  static Type tensor(DType dtype, const ConcreteShape& shape);
  static Type unranked(DType dtype);
  static Type scalar(DType dtype) { return tensor(dtype, Shape{}); }
  static Type list(Type element, Dim length);
  static Type tuple(std::vector<Type> elements);
  static Type dictionary(Type key, Type value);
  static Type state(Type tensor);

  bool is_tensor() const { return kind == Kind::kTensor; }
  bool is_state() const { return kind == Kind::kState; }
  int rank() const { return static_cast<int>(shape.size()); }
  bool is_concrete() const;        // a tensor whose dimensions are all constant
  ConcreteShape concrete() const;  // CHECK is_concrete
  int64_t element_count() const;   // CHECK is_concrete; Error when it overflows
  std::string str() const;         // as in MIL text: "tensor<fp16, [1, 128]>"

  friend bool operator==(const Type& a, const Type& b) = default;
};

// Whether a value of type `inferred` may be declared as `declared`: same kind and element type, no dimension provably
// different.
bool compatible(const Type& declared, const Type& inferred);

// What is known about a value that is described twice: constants win over symbols, symbols over unknown.
Type merged(const Type& declared, const Type& inferred);

int64_t product(const ConcreteShape& shape);        // Error when it overflows 63 bits
std::string to_string(const ConcreteShape& shape);  // "[1, 128]"

}  // namespace anemone
