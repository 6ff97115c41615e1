// SPDX-License-Identifier: Apache-2.0
// anemone-conformance: runs a folder of cases and counts.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "base/parallel.h"
#include "runtime/session.h"
#include "tune/conformance.h"
#include "tune/op_list.h"

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

int print_numerics(const std::string& folder, const ConformanceOptions& options) {
  fmt::print("| model | ieee-half, dB | ane, dB |\n| --- | --- | --- |\n");
  compare_numerics(folder, options, [](const NumericsRow& row) {
    fmt::print("| {} | {:.1f} | {:.1f} |\n", row.model, row.ieee_half, row.ane);
  });
  return 0;
}

int main(int argc, char** argv) {
  CLI::App app{"Runs a folder of conformance cases."};
  std::string folder;
  std::string numerics = "float32";
  std::string chip;
  ConformanceOptions options;
  options.run.threads = hardware_threads();
  bool reference = false;
  app.add_option("folder", folder, "Folder with index.json or index.jsonl")->required();
  app.add_option("--filter", options.filter, "Only this op, or names that contain this");
  app.add_option("--numerics", numerics, "float32, ieee-half, ane, fast or fast-int8");
  app.add_option("--target", chip, "Chip whose Neural Engine --numerics ane means");
  app.add_option("--output-dir", options.output_folder, "Folder for the outputs of every case");
  app.add_option("--threads", options.run.threads, "Threads to use");
  bool list_ops = false;
  app.add_flag("--list-ops", list_ops, "Print docs/ops.md, with the folder's cases counted, and run nothing");
  bool table = false;
  app.add_flag("--compare-numerics", table, "Print how far the other numerics are from float32, and judge nothing");
  app.add_flag("--reference", reference, "Use the ops' own evaluation, not the fast kernels");
  try {
    app.parse(argc, argv);
    set_numerics(options.run, numerics, chip);
    options.run.kernels = !reference;
    if (table) return print_numerics(folder, options);
    if (!list_ops) return run(folder, options);
    fmt::print("{}", op_list(folder));
    return 0;
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
