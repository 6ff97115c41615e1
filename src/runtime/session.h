// SPDX-License-Identifier: Apache-2.0
// A model opened for running: read, verified and made executable. This is what commands and tasks use.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/executable.h"

namespace anemone {

Numerics numerics_from_name(const std::string& name);  // "float32", "ieee-half", "ane"

class Session {
 public:
  // Throws Error when the model cannot be read or is not sound.
  static Session open(const std::filesystem::path& model, const RunOptions& options,
                      const std::filesystem::path& weights = {});
  Session(std::shared_ptr<const Program> program, const RunOptions& options);

  const Program& program() const { return executable_.program(); }
  Executable& executable() { return executable_; }
  // Inputs and results as callers see them (see runtime/interface.h); an empty name is the default function.
  std::map<std::string, RuntimeValue> run(const TensorMap& inputs, TensorMap& states, const std::string& function = "");

 private:
  RunOptions options_;
  Executable executable_;
};

}  // namespace anemone
