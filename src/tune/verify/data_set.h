// SPDX-License-Identifier: Apache-2.0
// Samples from a file: texts with or without labels (.txt: one in each line; .jsonl: {"text", "text_pair", "label"};
// .tsv with a header that names the columns), or an array (.npy) whose first axis counts the samples of a model with
// one input.
#pragma once

#include <filesystem>
#include <vector>

#include "ir/program.h"
#include "tune/verify/sampler.h"

namespace anemone {

struct DataSetOptions {
  std::filesystem::path tokenizer;  // empty: that of the model's assets
  std::filesystem::path model;      // beside which the assets stand
  int64_t most = -1;                // samples; negative: all
};

// Throws Error naming file and line.
std::vector<InputSample> read_data_set(const std::filesystem::path& file, const Program& program,
                                       const Function& function, const DataSetOptions& options);

}  // namespace anemone
