// SPDX-License-Identifier: Apache-2.0
// anemone-conformance: runs a folder of cases and counts.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "base/parallel.h"
#include "runtime/session.h"
#include "tune/conformance.h"

namespace anemone {
namespace {

struct Counts {
  int passed = 0;
  int failed = 0;
  int skipped = 0;

  void add(CaseResult::Status status) {
    passed += status == CaseResult::Status::kPassed;
    failed += status == CaseResult::Status::kFailed;
    skipped += status == CaseResult::Status::kSkipped;
  }
};

int run(const std::string& folder, const ConformanceOptions& options) {
  std::map<std::string, Counts> by_op;
  Counts all;
  run_conformance(folder, options, [&](const CaseResult& result) {
    by_op[result.op].add(result.status);
    all.add(result.status);
    if (result.status == CaseResult::Status::kFailed) fmt::print("{}: {}\n", result.id, result.message);
    if (result.status == CaseResult::Status::kSkipped) fmt::print("{}: skipped: {}\n", result.id, result.message);
    std::fflush(stdout);
  });
  fmt::print("\n{:<40} {:>7} {:>7} {:>7}\n", "op", "passed", "failed", "skipped");
  for (const auto& [op, counts] : by_op)
    fmt::print("{:<40} {:>7} {:>7} {:>7}\n", op, counts.passed, counts.failed, counts.skipped);
  fmt::print("\n{} passed, {} failed, {} skipped\n", all.passed, all.failed, all.skipped);
  return all.failed ? 1 : 0;
}

int main(int argc, char** argv) {
  CLI::App app{"Runs a folder of conformance cases."};
  std::string folder;
  std::string numerics = "float32";
  ConformanceOptions options;
  options.run.threads = hardware_threads();
  bool reference = false;
  app.add_option("folder", folder, "Folder with index.json or index.jsonl")->required();
  app.add_option("--filter", options.filter, "Only this op, or names that contain this");
  app.add_option("--numerics", numerics, "float32, ieee-half, fast or fast-int8");
  app.add_option("--threads", options.run.threads, "Threads to use");
  app.add_flag("--reference", reference, "Use the ops' own evaluation, not the fast kernels");
  try {
    app.parse(argc, argv);
    options.run.numerics = numerics_from_name(numerics);
    options.run.kernels = !reference;
    return run(folder, options);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "error: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  }
  return 2;
}

}  // namespace
}  // namespace anemone

int main(int argc, char** argv) { return anemone::main(argc, argv); }
