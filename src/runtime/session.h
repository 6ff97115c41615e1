// SPDX-License-Identifier: Apache-2.0
// A model opened for running: read, verified and made executable. This is what commands and tasks use. A pipeline is
// run as one model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/executable.h"

namespace anemone {

Numerics numerics_from_name(const std::string& name);  // "float32", "ieee-half", "ane"
// These, or "fast" or "fast-int8": float32 with products of lower precision. `chip` is the one whose Neural Engine
// "ane" means; an empty name is the default.
void set_numerics(RunOptions& options, const std::string& numerics, const std::string& chip);

class Session {
 public:
  // Throws Error when the model cannot be read or is not sound.
  static Session open(const std::filesystem::path& model, const RunOptions& options,
                      const std::filesystem::path& weights = {});
  Session(std::shared_ptr<const Program> program, const RunOptions& options);

  // Of a pipeline: a program of one function without a body, which has the pipeline's inputs, states and features.
  const Program& program() const { return *program_; }
  // Throws Error for a pipeline, which has several.
  Executable& executable();
  // Inputs and results as callers see them (see runtime/interface.h); an empty name is the default function.
  std::map<std::string, RuntimeValue> run(const TensorMap& inputs, TensorMap& states, const std::string& function = "");

 private:
  std::map<std::string, RuntimeValue> run_stages(const TensorMap& inputs, TensorMap& states);

  RunOptions options_;
  std::shared_ptr<const Program> program_;
  std::vector<Executable> stages_;  // one, unless this is a pipeline
  std::vector<std::string> stage_names_;
};

}  // namespace anemone
