// SPDX-License-Identifier: Apache-2.0
// Runs a folder of conformance cases: packages with inputs and the outputs that another implementation computed. Two
// layouts: index.json (whole models, with arrays or images as inputs and arrays or a classifier's JSON as outputs; a
// folder golden_exec beside it holds outputs of an independent interpreter) and
// index.jsonl (small programs around single ops, with tolerances).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/executable.h"

namespace anemone {

struct CaseResult {
  enum class Status : uint8_t { kPassed, kFailed, kSkipped };
  std::string id;
  std::string op;  // what the case is about
  Status status = Status::kPassed;
  std::string message;  // output and error, or why it was skipped
};

struct ConformanceOptions {
  RunOptions run;
  std::string filter;  // only cases of this op, or whose name contains this
  // Where the outputs of every case go, in a folder that is called as the case's own: OUTPUT.npy or OUTPUT.json, and
  // CALL/OUTPUT.npy for whole models, calls counted from 0. Empty: nowhere.
  std::filesystem::path output_folder;
};

// Calls `visit` for each case as it ends. Throws Error when the folder has no index.
void run_conformance(const std::filesystem::path& folder, const ConformanceOptions& options,
                     const std::function<void(const CaseResult&)>& visit);

// How far the other numerics are from float32 over the models of a folder with index.json.
struct NumericsRow {
  std::string model;
  double ieee_half = 0;  // PSNR in dB, the lowest of all outputs and calls
  double ane = 0;        // minus infinity where an output is infinite in one of the two only
};
void compare_numerics(const std::filesystem::path& folder, const ConformanceOptions& options,
                      const std::function<void(const NumericsRow&)>& visit);

// A case that ran and was wrong, or should not be judged.
class CaseFailure : public Error {
 public:
  using Error::Error;
};
class CaseSkipped : public Error {
 public:
  using Error::Error;
};

// Writes the outputs of a case, if they are wanted.
void keep_outputs(const ConformanceOptions& options, const std::filesystem::path& place,
                  const std::map<std::string, RuntimeValue>& outputs);

// The two layouts.
void run_models(const std::filesystem::path& folder, const ConformanceOptions& options,
                const std::function<void(const CaseResult&)>& visit);
void run_ops(const std::filesystem::path& folder, const ConformanceOptions& options,
             const std::function<void(const CaseResult&)>& visit);

// Runs the body as one case and reports it.
void run_case(const std::string& id, const std::string& op, const std::function<void()>& body,
              const std::function<void(const CaseResult&)>& visit);

}  // namespace anemone
