// SPDX-License-Identifier: Apache-2.0
// Small programs around single ops, one line of index.jsonl each.
#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/json.h"
#include "runtime/arrays.h"
#include "runtime/session.h"
#include "tune/compare.h"
#include "tune/conformance.h"
#include "tune/conformance_random.h"

namespace anemone {
namespace {

struct Tolerance {
  double atol;
  double rtol;
};

// Programs that use half anywhere: the tolerance of the test they come from would hide real errors (0.5 and 0.05), so
// 0.005 of the largest value and 1 % stand in its place.
Tolerance tolerance_of(const Json& row, const Tensor& want) {
  Tolerance tolerance{row.at("atol"), row.at("rtol")};
  if (!row.value("half", false)) return tolerance;
  const double largest = compare(want, want).max_want;
  return {std::max(tolerance.atol, 0.005 * std::max(1.0, largest)), 0.01};
}

void check_outputs(const Json& row, const std::filesystem::path& folder,
                   const std::map<std::string, RuntimeValue>& results) {
  const bool random = row.value("random", false);
  for (const Json& output : row.at("outputs")) {
    const std::string name = output.at("name");
    const auto found = results.find(name);
    if (found == results.end()) throw CaseFailure("there is no output " + name);
    const Tensor want = read_tensor(folder / std::string(output.at("file")));
    const Tensor& got = found->second.tensor;
    const Tolerance tolerance = tolerance_of(row, want);
    const Comparison error = compare(got, want, tolerance.atol, tolerance.rtol);
    if (!error.same_shape)
      throw CaseFailure(
          fmt::format("{}: shape {}, expected {}", name, to_string(got.shape()), to_string(want.shape())));
    if (!random && error.worst_excess > 0)
      throw CaseFailure(fmt::format("{}: error {:.4g} (largest value {:.4g})", name, error.max_abs, error.max_want));
  }
}

void run_row(const Json& row, const std::filesystem::path& folder, const ConformanceOptions& options) {
  if (row.contains("suspect")) throw CaseSkipped("suspect: " + std::string(row.at("suspect")));
  const auto directory = folder / std::string(row.at("dir"));
  Session session = Session::open(directory / "model.mlmodel", options.run, directory / "weight.bin");
  TensorMap inputs;
  for (const Json& input : row.at("inputs"))
    inputs[input.at("name")] = read_tensor(directory / std::string(input.at("file")));
  if (row.value("random", false)) session.executable().set_trace(distribution_check(session.executable(), inputs));
  TensorMap states;
  const auto results = session.run(inputs, states);
  keep_outputs(options, std::string(row.at("dir")), results);
  if (!row.contains("undefined")) check_outputs(row, directory, results);
}

}  // namespace

void run_ops(const std::filesystem::path& folder, const ConformanceOptions& options,
             const std::function<void(const CaseResult&)>& visit) {
  std::ifstream index(folder / "index.jsonl");
  if (!index) fail("{}: cannot be read", (folder / "index.jsonl").string());
  for (std::string line; std::getline(index, line);) {
    if (line.empty()) continue;
    const Json row = parse_json(line);
    const std::string op = row.at("op");
    const std::string id = fmt::format("{} {}", std::string(row.at("dir")), std::string(row.at("id")));
    if (!options.filter.empty() && op != options.filter && id.find(options.filter) == std::string::npos) continue;
    run_case(
        id, op, [&] { run_row(row, folder, options); }, visit);
  }
}

}  // namespace anemone
