// SPDX-License-Identifier: Apache-2.0
// A checkpoint becomes a package with its assets beside it. Both are complete, or what stood there before is untouched.
#pragma once

#include <filesystem>
#include <optional>

#include "export/package.h"
#include "import/convert.h"
#include "tune/rewrite.h"

namespace anemone {

struct ConvertedPackage {
  Conversion conversion;
  WrittenPackage written;
  std::filesystem::path package;
  std::filesystem::path assets;    // empty when there are none
  std::optional<Rewrite> rewrite;  // in the form of the Neural Engine; its program is conversion.program
  double seconds = 0;

  bool passed() const { return !rewrite || rewrite->passed(); }
};

// Parameters up to which a rewritten checkpoint is proved unasked.
inline constexpr int64_t kProofParameters = 500'000'000;

struct FormOptions {
  bool ane = false;        // in the form of the Neural Engine, else plain
  RewriteOptions rewrite;  // with `ane`; its proof is left out above kProofParameters
};

// `destination` ends in .mlpackage. When the rewritten program does not pass its proof nothing is written. Throws
// Error; see import/convert.h and export/package.h.
ConvertedPackage convert_package(const std::filesystem::path& source, const std::filesystem::path& destination,
                                 const ConvertOptions& options, const Progress& progress = {},
                                 const FormOptions& form = {});

}  // namespace anemone
