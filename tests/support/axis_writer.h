// SPDX-License-Identifier: Apache-2.0
// Writes ops on values whose axes have letters: "bshd" is batch, positions, heads, channels of a head. What shape, perm
// or axis an op needs follows from the letters; where MIL has several spellings for the same thing, one is drawn.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/builder.h"

namespace anemone::test {

// A value and one letter for each of its axes; '1' is an axis of size 1.
struct Lettered {
  ValueId id = kNoValue;
  std::string axes;

  // The same value with another name for an axis.
  Lettered renamed(char from, char to) const;
  int axis(char letter) const;  // CHECK that it has the letter
};

class AxisWriter {
 public:
  AxisWriter(int opset, DType dtype, unsigned seed, std::map<char, int64_t> sizes);

  Builder& builder() { return builder_; }
  DType dtype() const { return dtype_; }
  int64_t size(char letter) const;
  ConcreteShape shape(const std::string& axes) const;
  int below(int limit) { return static_cast<int>(styles_() % static_cast<unsigned>(limit)); }

  Lettered input(const std::string& name, DType dtype, const std::string& axes);
  Lettered constant(const Constant& value, const std::string& axes, const std::string& name = "");
  // Element by element from the indices along the letters.
  Lettered table(const std::string& axes, const std::function<float(const std::map<char, int64_t>&)>& value);
  // Normally distributed numbers that depend on the seed and the name alone.
  Constant normal(const std::string& name, const ConcreteShape& shape, float width, float mean = 0);

  Lettered add(const std::string& op, std::vector<Arg> args, const std::string& axes, const std::string& name = "");
  Lettered transposed(const Lettered& x, const std::string& axes);
  Lettered reshaped(const Lettered& x, const std::string& axes);  // the same elements in the same order
  Lettered unary(const std::string& op, const Lettered& x);
  Lettered binary(const std::string& op, const Lettered& x, const Lettered& y);
  Lettered binary(const std::string& op, const Lettered& x, float y);
  Lettered cast(const Lettered& x, DType dtype);
  Lettered concat(const std::vector<Lettered>& parts, char letter);
  // Elements begin, begin + step ... of one axis, which keeps its letter.
  Lettered slice(const Lettered& x, char letter, int64_t begin, int64_t end, int64_t step = 1);
  // One element of an axis, without the axis.
  Lettered pick(const Lettered& x, char letter, int64_t index);
  std::vector<Lettered> split(const Lettered& x, char letter, const std::vector<int64_t>& sizes);
  Lettered matmul(const Lettered& x, const Lettered& y, bool transpose_x, bool transpose_y, const std::string& axes);
  Lettered einsum(const Lettered& x, const Lettered& y, const std::string& axes);

 private:
  DType dtype_;
  unsigned seed_;
  std::map<char, int64_t> sizes_;
  std::mt19937 styles_;
  Builder builder_;
};

}  // namespace anemone::test
