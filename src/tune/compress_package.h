// SPDX-License-Identifier: Apache-2.0
// A package with compressed weights from another, as far as a chip and its system can use them; and back.
#pragma once

#include <filesystem>
#include <optional>

#include "base/json_fwd.h"
#include "base/progress.h"
#include "compress/compress.h"
#include "placement/place.h"

namespace anemone {

struct CompressRequest {
  std::filesystem::path model;
  std::filesystem::path output;  // not used by a dry run
  Recipe recipe;
  Target target;
  ComputeUnits units = ComputeUnits::kCpuAndNe;
  bool force = false;    // also forms that take ops off the Neural Engine
  bool dry_run = false;  // everything but writing
  bool check = true;     // run the result beside the model when something was taken out of the graph
  int threads = 1;
};

// What the recipe did is noted in the package's user-defined metadata.
inline constexpr const char* kCompressionKey = "anemone.compression";

// Throws Error, with nothing written, also when the target refuses all that the recipe asks for.
Compressed compress_package(const CompressRequest& request, const Progress& progress = {});

// {"weights", "bytes_before", "bytes_after", ...}
Json compression_json(const Compressed& result);

// Writes the package with plain weights; returns how many were compressed.
int decompress_package(const std::filesystem::path& model, const std::filesystem::path& output,
                       const Progress& progress = {});

}  // namespace anemone
