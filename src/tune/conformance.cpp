// SPDX-License-Identifier: Apache-2.0
#include "tune/conformance.h"

#include "base/error.h"
#include "runtime/outputs.h"

namespace anemone {

void run_case(const std::string& id, const std::string& op, const std::function<void()>& body,
              const std::function<void(const CaseResult&)>& visit) {
  CaseResult result{id, op, CaseResult::Status::kPassed, ""};
  try {
    body();
  } catch (const CaseSkipped& reason) {
    result.status = CaseResult::Status::kSkipped;
    result.message = reason.what();
  } catch (const std::exception& error) {
    result.status = CaseResult::Status::kFailed;
    result.message = error.what();
  }
  visit(result);
}

void keep_outputs(const ConformanceOptions& options, const std::filesystem::path& place,
                  const std::map<std::string, RuntimeValue>& outputs) {
  if (options.output_folder.empty()) return;
  std::filesystem::create_directories(options.output_folder / place);
  for (const auto& [name, value] : outputs) write_output(options.output_folder / place, name, value);
}

void run_conformance(const std::filesystem::path& folder, const ConformanceOptions& options,
                     const std::function<void(const CaseResult&)>& visit) {
  if (std::filesystem::exists(folder / "index.jsonl")) return run_ops(folder, options, visit);
  if (std::filesystem::exists(folder / "index.json")) return run_models(folder, options, visit);
  fail("{}: has neither index.jsonl nor index.json", folder.string());
}

}  // namespace anemone
