// SPDX-License-Identifier: Apache-2.0
// Checkpoint folders of well-known shapes with random weights: what benchmarks convert and run. The same shape gives
// the same bytes everywhere.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace anemone::bench {

// "bert-base", "gpt2", "gpt2-xl" ...
std::vector<std::string> checkpoint_shapes();

// Writes config.json and model.safetensors, one tensor at a time. Throws Error for a shape that is not known.
void write_checkpoint(const std::string& shape, const std::filesystem::path& folder);

// FOLDER/SHAPE, written now if it is not there.
std::filesystem::path checkpoint(const std::string& shape, const std::filesystem::path& folder);

}  // namespace anemone::bench
