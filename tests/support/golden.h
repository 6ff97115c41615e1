// SPDX-License-Identifier: Apache-2.0
// The whole models of tests/data/golden: their names, packages and recorded inputs, and runs whose bits are compared.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/executable.h"

namespace anemone::test {

std::vector<std::string> golden_names();
std::filesystem::path golden_package(const std::string& name);

// A name that GoogleTest accepts.
std::string test_name(std::string name);

// The inputs of each call, in order; models without recorded calls get one call with made-up numbers.
std::vector<TensorMap> golden_inputs(const std::string& name, const Function& function);

struct RunResult {
  std::vector<TensorMap> outputs;  // of each call
  TensorMap states;                // after all calls
};

// Runs all calls in order, states kept.
RunResult run_calls(const Program& program, const std::vector<TensorMap>& calls, const RunOptions& options);

// Where two results differ first in name, type, shape or bits; empty when they are equal.
std::string bit_difference(const RunResult& a, const RunResult& b);
std::string bit_difference(const TensorMap& a, const TensorMap& b);

}  // namespace anemone::test
