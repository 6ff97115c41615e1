// SPDX-License-Identifier: Apache-2.0
// Reads a Core ML model: a .mlpackage folder or a .mlmodel file with its weights beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ir/program.h"

namespace anemone {

// The ML Program in the package. Constants stay promises on the mapped weight files. `weights` says where the weight
// files are when they are not where the model says. Throws Error naming the file; the program is not verified yet.
Program read_package(const std::filesystem::path& path, const std::filesystem::path& weights = {});

// A model of one or more ML Programs. A pipeline runs its stages in order: each takes inputs of the pipeline and
// outputs of stages before it, by name.
struct Pipeline {
  struct Stage {
    std::string name;
    Program program;
  };
  std::vector<Stage> stages;
  std::optional<Function> description;  // of a pipeline: its features; nothing when the model is one program
};

// The same for a package whose model may be a pipeline, pipelineClassifier or pipelineRegressor.
Pipeline read_pipeline(const std::filesystem::path& path, const std::filesystem::path& weights = {});

}  // namespace anemone
