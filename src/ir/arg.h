// SPDX-License-Identifier: Apache-2.0
// Short ways to write arguments and literal tensors in C++.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ir/program.h"

namespace anemone {

// A named argument for Builder::add: a value, a constant, or several of them.
struct Arg {
  std::string name;
  std::vector<Operand> operands;

  Arg(std::string n, ValueId value) : name(std::move(n)), operands{value} {}
  Arg(std::string n, Constant constant) : name(std::move(n)), operands{std::move(constant)} {}
  Arg(std::string n, std::vector<Operand> many) : name(std::move(n)), operands(std::move(many)) {}
  Arg(std::string n, const std::vector<ValueId>& many) : name(std::move(n)), operands(many.begin(), many.end()) {}
  Arg(std::string n, const std::vector<int32_t>& values) : Arg(std::move(n), Constant::of(values)) {}
  Arg(std::string n, std::initializer_list<int32_t> values) : Arg(std::move(n), std::vector<int32_t>(values)) {}
  Arg(std::string n, int value) : Arg(std::move(n), Constant::of(static_cast<int32_t>(value))) {}
  Arg(std::string n, bool value) : Arg(std::move(n), Constant::of(value)) {}
  Arg(std::string n, const char* value) : Arg(std::move(n), Constant::text(value)) {}
  Arg(std::string n, const std::string& value) : Arg(std::move(n), Constant::text(value)) {}
};

// Literal tensors, row-major. The number of values must fit the shape.
Constant floats(ConcreteShape shape, const std::vector<float>& values, DType dtype = DType::kFloat32);
Constant ints(ConcreteShape shape, const std::vector<int32_t>& values, DType dtype = DType::kInt32);
Constant bools(ConcreteShape shape, const std::vector<bool>& values);

}  // namespace anemone
