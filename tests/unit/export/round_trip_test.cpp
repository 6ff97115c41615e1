// SPDX-License-Identifier: Apache-2.0
// Every golden package survives: as text, written anew, and written anew under other names.
#include <gtest/gtest.h>

#include <fstream>

#include "export/package.h"
#include "golden.h"
#include "import/package.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "rename.h"
#include "temporary_folder.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[fs::relative(entry.path(), folder)] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

class RoundTrip : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { program_ = read_package(test::golden_package(GetParam())); }

  const test::TemporaryFolder folder_;
  Program program_;
};

TEST_P(RoundTrip, TextSaysEverything) {
  PrintOptions options;
  options.base = test::golden_package(GetParam());
  const std::string text = print(program_, options);
  const Program parsed = parse(text, op_table(), options.base);
  EXPECT_EQ(difference(program_, parsed).value_or(""), "");
  EXPECT_EQ(print(parsed, options), text);
}

TEST_P(RoundTrip, WritingTwiceGivesTheSameBytesAndTheSameProgram) {
  write_package(program_, folder_ / "a.mlpackage");
  const Program again = read_package(folder_ / "a.mlpackage");
  EXPECT_EQ(difference(program_, again).value_or(""), "");
  verify(again, op_table());
  write_package(program_, folder_ / "b.mlpackage");
  write_package(again, folder_ / "c.mlpackage");
  const auto files = contents(folder_ / "a.mlpackage");
  EXPECT_EQ(files.size(), 3U);
  EXPECT_TRUE(files == contents(folder_ / "b.mlpackage"));
  EXPECT_TRUE(files == contents(folder_ / "c.mlpackage"));
}

TEST_P(RoundTrip, OtherNamesGiveTheSameBits) {
  const Program renamed = test::renamed(program_);
  EXPECT_TRUE(difference(program_, renamed).has_value()) << "nothing was renamed";
  write_package(renamed, folder_ / "a.mlpackage");
  const Program again = read_package(folder_ / "a.mlpackage");
  verify(again, op_table());
  const auto calls = test::golden_inputs(GetParam(), program_.main());
  for (const Numerics numerics : {Numerics::kFloat32, Numerics::kIeeeHalf}) {
    RunOptions options;
    options.numerics = numerics;
    const auto expected = test::run_calls(program_, calls, options);
    ASSERT_FALSE(expected.outputs.at(0).empty());
    EXPECT_EQ(test::bit_difference(expected, test::run_calls(again, calls, options)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, RoundTrip, testing::ValuesIn(test::golden_names()),
                         [](const auto& instance) { return test::test_name(instance.param); });

}  // namespace
}  // namespace anemone
