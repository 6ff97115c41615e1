// SPDX-License-Identifier: Apache-2.0
// What is in a model, for people and for machines: signature, ops by type, weights by element type. Reads no weight
// bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "ir/program.h"

namespace anemone {

struct WeightSummary {
  int tensors = 0;  // that share no bytes
  int64_t elements = 0;
  int64_t bytes = 0;  // as stored
};

struct FunctionSummary {
  std::string name;
  int opset = 0;
  int executed = 0;                // ops but for const and constexpr_*
  std::map<std::string, int> ops;  // all of them by type, nested blocks too
};

struct ModelSummary {
  std::vector<FunctionSummary> functions;
  std::map<std::string, int> ops;                // of all functions
  std::map<std::string, WeightSummary> weights;  // by element type
  int64_t weight_bytes = 0;
};

// Weights are constants that lie in a weight file or have at least ten elements; those that lie at the same place count
// once.
ModelSummary summarize(const Program& program);
int executed_ops(const Program& program);

// {functions, inputs, outputs, states, ops, weights, ...}; inputs, outputs and states are the default function's.
Json summary_json(const Program& program);
std::string summary_text(const Program& program);

// One op, found by its name or that of an output: its text, inputs with their values, users, provenance. Throws Error
// when there is none.
struct OpDescription {
  const Function* function = nullptr;
  const Op* op = nullptr;
  std::vector<std::string> inputs;  // "x = tensor<fp16, [1, 4]> hidden, made by op add_3 (add)"
  std::vector<std::string> users;
};
OpDescription describe_op(const Program& program, const std::string& name);

}  // namespace anemone
