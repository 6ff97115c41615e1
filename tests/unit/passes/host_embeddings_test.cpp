// SPDX-License-Identifier: Apache-2.0
// Tables of embeddings in a program of their own: run one after the other, the two give what the model gave.
#include "passes/host_embeddings.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "golden.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tune/verify/sampler.h"

namespace anemone {
namespace {

std::map<std::string, RuntimeValue> run(const Program& program, const TensorMap& given) {
  TensorMap inputs;
  for (const Output& input : program.main().inputs) inputs[input.name] = given.at(input.name);
  Session session(std::make_shared<const Program>(program), {});
  TensorMap states;
  return session.run(inputs, states);
}

TEST(HostEmbeddings, TheTwoProgramsGiveWhatTheModelGave) {
  for (const char* name : {"BERT-iOS16-fp16", "GPT-2-iOS18-fp16"}) {
    SCOPED_TRACE(name);
    const Program whole = read_package(test::golden_package(name));
    const HostEmbeddings parts = with_host_embeddings(whole);
    verify(parts.tables, op_table());
    verify(parts.model, op_table());
    for (const OpPtr& op : parts.model.main().body.ops) EXPECT_NE(op->type, "gather");
    TensorMap values = make_samples(whole.main(), input_meanings(whole.main()), {}).at(0).calls.at(0);
    const auto want = run(whole, values);
    for (const auto& [row, value] : run(parts.tables, values)) values[row] = value.tensor;
    for (const auto& [output, value] : run(parts.model, values)) {
      const Tensor& expected = want.at(output).tensor;
      ASSERT_EQ(value.tensor.shape(), expected.shape());
      EXPECT_EQ(std::memcmp(value.tensor.bytes(), expected.bytes(), expected.byte_size()), 0) << output;
    }
  }
}

TEST(HostEmbeddings, SaysWhenNothingIsLookedUp) {
  const Program program =
      parse("program(1.0) { func main<ios16>(tensor<fp32, [2]> x) { y = relu(x = x); } -> (y); }", op_table());
  EXPECT_THROW(with_host_embeddings(program), Error);
}

}  // namespace
}  // namespace anemone
