// SPDX-License-Identifier: Apache-2.0
// A model that runs in parts gives the bits that it gives as a whole.
#include "tune/verify/in_parts.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "golden.h"
#include "import/package.h"

namespace anemone {
namespace {

std::vector<SampleResult> in_parts(const Program& program, int64_t bytes) {
  const auto samples = make_samples(program.main(), input_meanings(program.main()), {});
  return run_in_parts(program, samples, {}, bytes);
}

void expect_same(const std::vector<SampleResult>& got, const std::vector<SampleResult>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].impossible, want[i].impossible);
    ASSERT_EQ(got[i].calls.at(0).outputs.size(), want[i].calls.at(0).outputs.size());
    for (const auto& [name, value] : want[i].calls[0].outputs) {
      const Tensor& mine = got[i].calls[0].outputs.at(name).tensor;
      ASSERT_EQ(mine.shape(), value.tensor.shape()) << name;
      EXPECT_EQ(std::memcmp(mine.bytes(), value.tensor.bytes(), mine.byte_size()), 0) << name;
    }
  }
}

TEST(InParts, GiveTheBitsOfTheWhole) {
  for (const char* name : {"BERT-iOS16-fp16", "GPT-2-iOS18-fp16", "CLIP-text-iOS15-fp32"}) {
    SCOPED_TRACE(name);
    const Program program = read_package(test::golden_package(name));
    const auto whole = in_parts(program, kPartBytes);
    for (const int64_t bytes : {1, 4000, 20000}) expect_same(in_parts(program, bytes), whole);
  }
}

TEST(InParts, ProgramsWithStatesRunAsAWhole) {
  const Program program = read_package(test::golden_package("Llama-state-flex"));
  const auto results = in_parts(program, 1);
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(results[0].calls.size(), 3U);
  EXPECT_FALSE(results[0].states.empty());
}

}  // namespace
}  // namespace anemone
