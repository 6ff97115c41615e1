// SPDX-License-Identifier: Apache-2.0
// docs/ops.md says what the tables say.
#include "tune/op_list.h"

#include <gtest/gtest.h>

#include "base/mapped_file.h"

namespace anemone {
namespace {

TEST(OpList, TheDocumentIsCurrent) {
  const std::filesystem::path root = ANEMONE_SOURCE_DIR;
  const auto file = MappedFile::open(root / "docs/ops.md");
  const std::string text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  EXPECT_EQ(text, op_list(root / "tests/data/harvest"))
      << "write it anew: anemone-conformance --list-ops tests/data/harvest > docs/ops.md";
}

}  // namespace
}  // namespace anemone
