// SPDX-License-Identifier: Apache-2.0
// Every broken package is refused with one line that names the file, the place and the reason.
#include <gmock/gmock.h>

#include "base/json.h"
#include "golden.h"
#include "import/package.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/session.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path folder() { return fs::path(ANEMONE_SOURCE_DIR) / "tests/data/bad_packages"; }

// As `inspect` reads a model: with all constants.
void read_and_verify(const fs::path& path) {
  const Program program = read_package(path);
  with_context(path.string(), [&] { verify(program, op_table()); });
}

void open_and_run(const fs::path& path) {
  Session session = Session::open(path, RunOptions());
  TensorMap inputs;
  for (const Feature& feature : session.program().main().input_features) {
    const ConcreteShape shape = feature.shape.value_or(ConcreteShape{});
    const std::vector<float> zeros(static_cast<size_t>(product(shape)));
    inputs[feature.name] = Tensor::of<float>(DType::kFloat32, shape, zeros);
  }
  TensorMap states;
  session.run(inputs, states);
}

template <typename Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class BadPackage : public testing::TestWithParam<std::string> {};

TEST_P(BadPackage, IsRefusedInOneLine) {
  static const std::map<std::string, std::string> kReasons = {};
  const std::string& name = GetParam();
  const fs::path path = folder() / (name + ".mlpackage");
  const std::string error = error_of([&] { read_and_verify(path); });
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  EXPECT_EQ(error.rfind(path.string(), 0), 0U) << "names no file: " << error;
  ASSERT_EQ(kReasons.count(name), 1U) << error;
  EXPECT_THAT(error, HasSubstr(kReasons.at(name)));
  EXPECT_NE(error_of([&] { open_and_run(path); }), "") << "runs";
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Json& entry : read_json(folder() / "index.json")) result.push_back(entry.at("name"));
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, BadPackage, testing::ValuesIn(names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace anemone
