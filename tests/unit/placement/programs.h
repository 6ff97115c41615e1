// SPDX-License-Identifier: Apache-2.0
// Programs for tests of placement. Weights are sparse files of zeros, so that a weight of gigabytes costs nothing.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/mapped_file.h"
#include "ir/builder.h"
#include "ops/ops.h"
#include "placement/place.h"
#include "temporary_folder.h"

namespace anemone::test {

// A constant of any size, without memory: a hole in a file.
inline Constant promised(const ConcreteShape& shape, DType dtype = DType::kFloat16,
                         const std::string& name = "weight") {
  const auto bytes = static_cast<uintmax_t>(*byte_size(dtype, product(shape)));
  const TemporaryFolder folder;  // the map keeps the file
  const std::filesystem::path path = folder / (name + "_" + std::to_string(bytes) + ".bin");
  std::ofstream(path, std::ios::app).close();
  std::filesystem::resize_file(path, bytes);
  return Constant::mapped(MappedFile::open(path), 0, dtype, shape);
}

inline Type half(const ConcreteShape& shape) { return Type::tensor(DType::kFloat16, shape); }

inline Program program_of(Builder& builder, const std::vector<ValueId>& outputs) {
  Program program;
  program.functions["main"] = std::make_shared<const Function>(builder.finish(outputs));
  return program;
}

inline ValueId convolution(Builder& to, ValueId x, int channels, int height, int width) {
  const ConcreteShape shape = to.type(x).concrete();
  return to.add("conv", {{"x", x}, {"weight", promised({channels, shape[1], height, width})}, {"pad_type", "same"}});
}

inline ValueId linear(Builder& to, ValueId x, int64_t features) {
  const int64_t in = to.type(x).concrete().back();
  return to.add("linear", {{"x", x}, {"weight", promised({features, in})}, {"bias", promised({features})}});
}

// Two of these before and after an op make its context: a 3x3 convolution, or a linear layer, and relu.
inline ValueId surround(Builder& to, ValueId x) {
  for (int i = 0; i < 2; ++i) {
    const ConcreteShape shape = to.type(x).concrete();
    const ValueId y =
        shape.size() == 4 ? convolution(to, x, static_cast<int>(shape[1]), 3, 3) : linear(to, x, shape.back());
    x = to.add("relu", {{"x", y}});
  }
  return x;
}

inline Program in_context(const ConcreteShape& shape, const std::function<ValueId(Builder&, ValueId)>& op) {
  Builder to(op_table(), "main", 8);
  const ValueId before = surround(to, to.input("x", half(shape)));
  return program_of(to, {surround(to, op(to, before))});
}

inline PlaceOptions on(const std::string& chip, ComputeUnits units = ComputeUnits::kCpuAndNe,
                       const std::string& os = "") {
  PlaceOptions options;
  options.target = find_target(chip, os);
  options.units = units;
  return options;
}

inline PlacedFunction place(const Program& program, const PlaceOptions& options) {
  return anemone::place(program, program.main(), weight_sizes(program, options.target), options);
}

// "AAAACAAAA"
inline std::string letters(const PlacedFunction& placed) {
  std::string text;
  for (const PlacedOp& op : placed.ops)
    text += op.preferred == Unit::kAne ? 'A' : op.preferred == Unit::kGpu ? 'G' : 'C';
  return text;
}

inline std::string code_of(const PlacedOp& op) { return op.off_ane ? op.off_ane->rule->code : ""; }

}  // namespace anemone::test
