// SPDX-License-Identifier: Apache-2.0
// Decompressed weights are kept up to a limit and otherwise made for each step: the bits are the same, and memory does
// not hold all of them.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "golden.h"
#include "ir/builder.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

Tensor codes(DType dtype, const ConcreteShape& shape) {
  Tensor tensor(dtype, shape);
  uint32_t state = 1;
  for (std::byte& byte : std::span(tensor.bytes(), tensor.byte_size())) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return tensor;
}

Tensor numbers(const ConcreteShape& shape, DType dtype = DType::kFloat32) {
  Tensor tensor(DType::kFloat32, shape);
  for (size_t i = 0; i < tensor.as<float>().size(); ++i)
    tensor.as<float>()[i] = static_cast<float>((i * 37 + 11) % 101) / 101 - 0.5F;
  return converted(tensor, dtype);
}

class Network {
 public:
  ValueId input(const std::string& name, const Type& type) { return to_.input(name, type); }
  ValueId add(const std::string& op, std::vector<Arg> args) { return to_.add(op, std::move(args)); }
  ValueId palette(const ConcreteShape& shape) {
    ConcreteShape lut(shape.size() + 2, 1);
    lut[shape.size()] = 16;
    return add("constexpr_lut_to_dense",
               {{"indices", Constant(codes(DType::kUInt4, shape))}, {"lut", Constant(numbers(lut))}});
  }
  ValueId blocks(const ConcreteShape& shape) {
    ConcreteShape scale = shape;
    scale[1] /= 32;
    return add("constexpr_blockwise_shift_scale",
               {{"data", Constant(codes(DType::kInt8, shape))}, {"scale", Constant(numbers(scale))}});
  }

  std::shared_ptr<const Program> finish(const std::vector<ValueId>& outputs) {
    auto program = std::make_shared<Program>();
    program->functions["main"] = std::make_shared<const Function>(to_.finish(outputs));
    verify(*program, op_table());
    return program;
  }

 private:
  Builder to_{op_table(), "main", 8};
};

// One table for a gather and a product, a transposed weight, a convolution, one that an elementwise op reads, and
// products that are fused.
std::shared_ptr<const Program> network() {
  Network net;
  const ValueId ids = net.input("ids", Type::tensor(DType::kInt32, Shape{Dim::symbol("length")}));
  const ValueId table = net.palette({400, 128});
  ValueId x = net.add("gather", {{"x", table}, {"indices", ids}, {"axis", 0}});
  const ValueId square = net.add("transpose", {{"x", net.blocks({256, 128})}, {"perm", {1, 0}}});
  x = net.add("matmul", {{"x", x}, {"y", square}, {"transpose_x", false}, {"transpose_y", false}});
  const ValueId a =
      net.add("gelu", {{"x", net.add("linear", {{"x", x}, {"weight", net.palette({128, 256})}})}, {"mode", "EXACT"}});
  const ValueId b = net.add("linear", {{"x", x}, {"weight", net.blocks({128, 256})}});
  const ValueId whole = net.add("reduce_sum", {{"x", net.palette({130, 128})}, {"axes", {0}}, {"keep_dims", true}});
  x = net.add("add", {{"x", net.add("mul", {{"x", a}, {"y", b}})}, {"y", whole}});
  const ValueId image =
      net.add("expand_dims", {{"x", net.add("transpose", {{"x", x}, {"perm", {1, 0}}})}, {"axes", {0, 3}}});
  const ValueId conv = net.add("conv", {{"x", image}, {"weight", net.palette({256, 128, 1, 1})}});
  return net.finish({net.add("linear", {{"x", x}, {"weight", table}}), conv});
}

std::vector<RunOptions> options_of(size_t limit) {
  std::vector<RunOptions> all(4);
  all[1].fusions = false;
  all[2].kernels = false;
  all[3].numerics = Numerics::kIeeeHalf;
  for (RunOptions& options : all) options.decompressed_limit = limit;
  return all;
}

TEST(Decompressed, BitsDoNotDependOnWhatIsKept) {
  const auto program = network();
  for (size_t way = 0; way < options_of(0).size(); ++way) {
    Session all(program, options_of(size_t{1} << 30)[way]);
    Session some(program, options_of(300000)[way]);
    Session none(program, options_of(0)[way]);
    for (const int length : {3, 7, 3}) {
      Tensor ids(DType::kInt32, {length});
      for (int i = 0; i < length; ++i) ids.as<int32_t>()[static_cast<size_t>(i)] = i * 31 % 400;
      TensorMap states;
      const auto expected = all.run({{"ids", ids}}, states);
      for (Session* session : {&some, &none}) {
        const auto actual = session->run({{"ids", ids}}, states);
        ASSERT_EQ(actual.size(), expected.size());
        for (const auto& [name, value] : expected)
          EXPECT_EQ(std::memcmp(value.tensor.bytes(), actual.at(name).tensor.bytes(), value.tensor.byte_size()), 0)
              << name << " way " << way << " length " << length;
      }
    }
  }
}

TEST(Decompressed, MemoryHoldsFewOfThem) {
  constexpr int kLayers = 96;
  Network net;
  const ValueId input = net.input("x", Type::tensor(DType::kFloat32, ConcreteShape{1, 512}));
  ValueId x = input;
  for (int i = 0; i < kLayers; ++i)  // 1 MB each in compute form, 128 kB as they are
    x = net.add("tanh", {{"x", net.add("linear", {{"x", x}, {"weight", net.palette({512, 512})}})}});
  RunOptions options;
  options.decompressed_limit = 8 << 20;
  Session session(net.finish({x}), options);
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return usage.ru_maxrss / 1024;  // bytes there, kilobytes on Linux
#else
    return usage.ru_maxrss;
#endif
  };
  const long before = peak();
  TensorMap states;
  session.run({{"x", numbers({1, 512})}}, states);
  session.run({{"x", numbers({1, 512})}}, states);
  EXPECT_LT(peak() - before, 40 * 1024);
}

}  // namespace
}  // namespace anemone
