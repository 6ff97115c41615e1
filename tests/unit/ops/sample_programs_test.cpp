// SPDX-License-Identifier: Apache-2.0
// Every sample case as a program of its own: run with the fast kernels and without, through text and back, through a
// package and back, it gives the expected values.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "export/package.h"
#include "import/package.h"
#include "ir/builder.h"
#include "ir/graph.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "temporary_folder.h"
#include "tune/compare.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

// Float arguments that need not be constant become inputs. Results come out as fp32 or int32, if they have elements and
// can be cast.
class Maker {
 public:
  Maker(const OpDefinition& op, const Sample& sample)
      : op_(op),
        sample_(sample),
        opset_(sample.opset != 0 ? sample.opset : op.signatures.front().opset),
        builder_(op_table(), "main", opset_) {}

  // The program, its inputs, and which of the sample's results are outputs.
  struct Made {
    std::shared_ptr<const Program> program;
    TensorMap inputs;
    std::vector<size_t> shown;
  };

  Made make() {
    std::vector<Arg> arguments;
    for (const Arg& arg : sample_.arguments) arguments.push_back(argument(arg));
    if (made_.inputs.empty()) input(floats({1}, {0}));  // before CoreML8 a function has some
    std::vector<ValueId> outputs;
    const auto results = builder_.add_many(op_.name, arguments);
    for (size_t i = 0; i < results.size(); ++i) {
      const Type& type = builder_.type(results[i]);
      if (bit_width(type.dtype) < 8 && type.dtype != DType::kBool) continue;
      if (sample_.expected[i].tensor().size() == 0) continue;
      outputs.push_back(shown(results[i]));
      made_.shown.push_back(i);
    }
    if (outputs.empty()) return made_;
    auto program = std::make_shared<Program>();
    program->functions.emplace("main", std::make_shared<Function>(builder_.finish(outputs)));
    program->default_function = "main";
    made_.program = program;
    return made_;
  }

 private:
  Arg argument(const Arg& arg) {
    const Parameter* parameter = op_.signature(opset_)->find(arg.name);
    if (parameter->is_const || op_.name.rfind("constexpr_", 0) == 0) return arg;
    std::vector<Operand> operands;
    for (const Operand& operand : arg.operands)
      operands.push_back(is_float(operand.literal().type().dtype) ? input(operand.literal()) : operand);
    return {arg.name, operands};
  }

  Operand input(const Constant& value) {
    const std::string name = fmt::format("in{}", made_.inputs.size());
    const Type& type = value.type();
    made_.inputs[name] = value.tensor();
    const ValueId id = builder_.input(name, Type::tensor(DType::kFloat32, type.shape));
    return type.dtype == DType::kFloat32 ? id : cast(id, type.dtype);
  }

  ValueId shown(ValueId result) {
    const DType type = builder_.type(result).dtype;
    if (type == DType::kFloat32 || type == DType::kInt32) return result;
    return cast(result, is_float(type) ? DType::kFloat32 : DType::kInt32);
  }

  ValueId cast(ValueId value, DType type) {
    return builder_.add("cast", {{"x", value}, {"dtype", std::string(name_of(type))}});
  }

  const OpDefinition& op_;
  const Sample& sample_;
  int opset_;
  Builder builder_;
  Made made_;
};

void expect_results(const std::shared_ptr<const Program>& program, const Maker::Made& made, const Sample& sample,
                    bool kernels) {
  RunOptions options;
  options.kernels = kernels;
  Session session(program, options);
  TensorMap states;
  const auto results = session.run(made.inputs, states);
  const Graph graph(program->main());
  for (size_t i = 0; i < made.shown.size(); ++i) {
    const Tensor& got = results.at(graph.name(program->main().body.outputs.at(i))).tensor;
    const Comparison error =
        compare(got, sample.expected[made.shown[i]].tensor(), sample.tolerance, std::max(sample.tolerance, 2e-6));
    EXPECT_TRUE(error.same_shape) << "output " << i;
    EXPECT_LE(error.worst_excess, 0) << "output " << i << ", error " << error.max_abs << ", kernels " << kernels;
  }
}

class SamplePrograms : public testing::TestWithParam<std::string> {
 protected:
  void check(const OpDefinition& op, const Sample& sample) {
    const Maker::Made made = Maker(op, sample).make();
    if (!made.program) return;
    verify(*made.program, op_table());
    expect_results(made.program, made, sample, true);
    expect_results(made.program, made, sample, false);

    const Program parsed = parse(print(*made.program), op_table());
    EXPECT_EQ(difference(*made.program, parsed).value_or(""), "") << "in the text form";

    write_package(*made.program, folder_ / "a.mlpackage");
    const auto read = std::make_shared<const Program>(read_package(folder_ / "a.mlpackage"));
    EXPECT_EQ(difference(*made.program, *read).value_or(""), "") << "in a package";
    verify(*read, op_table());
    expect_results(read, made, sample, true);
  }

  const test::TemporaryFolder folder_;
};

TEST_P(SamplePrograms, RunAndSurviveTextAndPackage) {
  const OpDefinition& op = *op_table().find(GetParam());
  for (size_t i = 0; i < op.samples.size(); ++i) {
    SCOPED_TRACE(fmt::format("{}, sample {}", op.name, i));
    try {
      check(op, op.samples[i]);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

// `const` holds its value as an attribute, and every program has some.
std::vector<std::string> ops_with_samples() {
  std::vector<std::string> names;
  for (const std::string& name : op_table().names())
    if (name != "const" && !op_table().find(name)->samples.empty()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, SamplePrograms, testing::ValuesIn(ops_with_samples()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace anemone
