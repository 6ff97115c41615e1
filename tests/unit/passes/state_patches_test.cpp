// SPDX-License-Identifier: Apache-2.0
// Edits around states: with versions as values, the order of reads and writes is data flow, so that a patch can move,
// replace and remove them, and the verifier tells a wrong order. See docs/spikes/patches.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "formats/npy.h"
#include "import/package.h"
#include "ir/patch.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

using testing::HasSubstr;

// A cache of four rows: each call writes one and reads all.
const char* const kProgram = R"(program(1.0) {
  func main<ios18>(tensor<fp16, [1, 2]> x, tensor<int32, [1]> row, state<tensor<fp16, [4, 2]>> cache) {
    one = const()[val = tensor<int32, [1]>([1])];
    axis = const()[val = int32(0)];
    zero = const()[val = tensor<int32, [1]>([0])];
    two = const()[val = tensor<int32, [1]>([2])];
    interleave = const()[val = bool(false)];
    next = add(x = row, y = one);
    begin = concat(axis = axis, interleave = interleave, values = (row, zero));
    end = concat(axis = axis, interleave = interleave, values = (next, two));
    before = read_state(input = cache);
    updated = slice_update(begin = begin, end = end, update = x, x = before);
    state<tensor<fp16, [4, 2]>> cache1 = write_state(data = updated, input = cache);
    after = read_state(input = cache1);
    y = relu(x = after);
  } -> (y);
})";

class States {
 public:
  explicit States(Program program) : program_(std::move(program)) {}

  // Ops of a type in program order.
  std::vector<const Op*> ops(const std::string& type) const {
    std::vector<const Op*> found;
    for_each_op(program_.main().body, [&](const Op& op) {
      if (op.type == type) found.push_back(&op);
    });
    return found;
  }
  static ValueId operand(const Op& op, const std::string& name) { return op.argument(name)->operands.at(0).value(); }

  Program with(const Patch& patch) const {
    Program changed = program_;
    Applied result = apply(program_.main(), {patch}, op_table());
    EXPECT_EQ(result.applied, 1);
    changed.functions[program_.default_function] = std::make_shared<const Function>(std::move(result.function));
    verify(changed, op_table());
    return changed;
  }

  std::string refusal(const Patch& patch) const {
    try {
      with(patch);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  // What is read back after the first write is the data that was written.
  Patch forward_written_data() const {
    const Op& write = *ops("write_state")[0];
    Patch patch;
    for (const Op* read : ops("read_state"))
      if (operand(*read, "input") == write.id()) {
        patch.replace[read->id()] = operand(write, "data");
        patch.remove.insert(read->id());
      }
    return patch;
  }

  // The first write goes; two others, of the same data, take its place.
  Patch write_twice() const {
    const Graph graph(program_.main());
    const Op& write = *ops("write_state")[0];
    Builder builder(op_table(), graph);
    const ValueId copy = builder.add("identity", {{"x", operand(write, "data")}}, "copy");
    const ValueId first = builder.add("write_state", {{"data", copy}, {"input", operand(write, "input")}}, "first");
    const ValueId again = builder.add("read_state", {{"input", first}}, "again");
    const ValueId second = builder.add("write_state", {{"data", again}, {"input", first}}, "second");
    Patch patch = Patch::insert_before(write, builder);
    patch.replace[write.id()] = second;
    patch.remove = {write.id()};
    return patch;
  }

  Patch without_first_write() const {
    Patch patch;
    patch.remove = {ops("write_state")[0]->id()};
    return patch;
  }

  // A read of the version before the first write, placed after the write.
  Patch late_read() const {
    const Graph graph(program_.main());
    const Op& write = *ops("write_state")[0];
    Builder builder(op_table(), graph);
    builder.add("read_state", {{"input", operand(write, "input")}}, "late");
    Patch patch;
    patch.insert = builder.ops();
    return patch;
  }

  // A write before the first read, without telling the read.
  Patch early_write() const {
    const Graph graph(program_.main());
    const Op& read = *ops("read_state")[0];
    Builder builder(op_table(), graph);
    const ValueId value = builder.add("read_state", {{"input", operand(read, "input")}}, "value");
    builder.add("write_state", {{"data", value}, {"input", operand(read, "input")}}, "early");
    return Patch::insert_before(read, builder);
  }

  const Program& program() const { return program_; }

 private:
  Program program_;
};

Tensor read_array(const std::filesystem::path& path) {
  const Npy array = read_npy(path);
  Tensor tensor(array.dtype, array.shape);
  std::copy(array.bytes.begin(), array.bytes.end(), tensor.bytes());
  return to_compute(tensor);
}

// Outputs of calls that share their states, then the states.
std::vector<Tensor> run_all(const Program& program, const std::vector<TensorMap>& calls) {
  Session session(std::make_shared<const Program>(program), RunOptions{});
  std::vector<Tensor> results;
  TensorMap states;
  for (const TensorMap& call : calls)
    for (const auto& entry : session.run(call, states)) results.push_back(entry.second.tensor);
  for (const auto& entry : states) results.push_back(entry.second);
  return results;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  bool equal_bits = a.size() == b.size() && !a.empty();
  for (size_t i = 0; equal_bits && i < a.size(); ++i) equal_bits = equal(Constant(a[i]), Constant(b[i]));
  return equal_bits;
}

void check_edits(const States& states, const std::vector<TensorMap>& calls) {
  const auto expected = run_all(states.program(), calls);
  EXPECT_TRUE(same(run_all(states.with(states.forward_written_data()), calls), expected));
  EXPECT_TRUE(same(run_all(states.with(states.write_twice()), calls), expected));
  // Allowed, and another program: the cache stays empty.
  EXPECT_FALSE(same(run_all(states.with(states.without_first_write()), calls), expected));
  // The second of two writes goes, the reads after it are linked to the first.
  const States twice(states.with(states.write_twice()));
  Patch one_less;
  one_less.remove = {twice.ops("write_state")[1]->id()};
  EXPECT_TRUE(same(run_all(twice.with(one_less), calls), expected));
  EXPECT_THAT(states.refusal(states.late_read()), HasSubstr("is used after the state was written again"));
  EXPECT_THAT(states.refusal(states.early_write()), HasSubstr("is used after the state was written again"));
}

TEST(StatePatches, SmallCache) {
  std::vector<TensorMap> calls;
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> row = {static_cast<float>(i) + 0.5F, -static_cast<float>(i)};
    calls.push_back({{"x", floats({1, 2}, row).tensor()}, {"row", ints({1}, {i}).tensor()}});
  }
  check_edits(States(parse(kProgram, op_table())), calls);
}

TEST(StatePatches, LlamaWithFlexibleShapes) {
  const std::filesystem::path folder = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/golden/Llama_state";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the golden packages are not here";
  std::vector<TensorMap> calls;
  for (int i = 0; i < 4; ++i) {
    TensorMap call;
    for (const char* name : {"ids", "pid", "mask"})
      call[name] = read_array(folder / fmt::format("s{}_{}.npy", i, name));
    calls.push_back(call);
  }
  check_edits(States(read_package(folder / "flex.mlpackage")), calls);
}

}  // namespace
}  // namespace anemone
