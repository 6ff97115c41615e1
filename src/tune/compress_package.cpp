// SPDX-License-Identifier: Apache-2.0
#include "tune/compress_package.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "export/package.h"
#include "import/package.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "tune/package_files.h"
#include "tune/verify/verification.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

// Why the Neural Engine refuses ops of a function, by op.
std::map<ValueId, std::string> refused_ops(const Function& function, const Target& target) {
  std::map<ValueId, std::string> result;
  const Graph graph(function);
  const FunctionTypes types(graph);
  for_each_op(function.body, [&](const Op& op) {
    if (!is_executed(op)) return;
    const auto verdict = refusal(OpView(op, graph, types, false), Unit::kAne, target);
    if (!verdict) return;
    const Rule& rule = *verdict->rule;
    result[op.id()] = fmt::format("{}: {}{}", rule.code, verdict->reason, rule.fix.empty() ? "" : ": " + rule.fix);
  });
  return result;
}

int newest_opset_of(const Target& target) { return std::clamp(target.release() - 10, kOldestOpset, kNewestOpset); }

void describe(const Compressed& result, const Recipe& recipe, Metadata& metadata) {
  Json figures = compression_json(result);
  figures.erase("weights");
  metadata.user_defined[kCompressionKey] = Json{{"recipe", Json::parse(recipe.text)}, {"figures", figures}}.dump();
}

// All that the recipe asked for was refused: that is an error, not an unchanged package.
void check_refusals(const Compressed& result) {
  const WeightReport* refused = nullptr;
  for (const WeightReport& weight : result.weights) {
    if (weight.compressed()) return;
    if (weight.refused && !refused) refused = &weight;
  }
  for (const ReductionReport& report : result.reductions)
    if (report.part.done) return;
  if (refused) fail("{}: {}; --force does it anyway", refused->name, refused->reason);
}

// What taking things out did to the results.
void prove(const CompressRequest& request, const fs::path& output, Compressed& result) {
  const auto& reductions = result.reductions;
  if (std::none_of(reductions.begin(), reductions.end(), [](const ReductionReport& r) { return r.part.done; })) return;
  VerifyRequest verification;
  verification.model = output;
  verification.reference = request.model;
  verification.floor = 0;
  verification.run.threads = request.threads;
  for (const OutputParity& parity : verify_model(verification).parity.outputs) result.psnr[parity.name] = parity.psnr;
}

}  // namespace

Compressed compress_package(const CompressRequest& request, const Progress& progress) {
  const Program program = read_package(request.model);
  with_context(request.model.string(), [&] { verify(program, op_table(), VerifyOptions{false}); });
  const fs::path output = request.dry_run ? fs::temp_directory_path() / "anemone" : package_path(request.output);
  ScratchFolder scratch(output);
  CompressOptions options;
  options.recipe = request.recipe;
  options.newest_opset = newest_opset_of(request.target);
  options.threads = request.threads;
  options.keep = keep_in(scratch);
  options.progress = progress;
  const bool engine = request.units == ComputeUnits::kAll || request.units == ComputeUnits::kCpuAndNe;
  if (engine && !request.force)
    options.refusals = [&](const Function& function) { return refused_ops(function, request.target); };
  Compressed result = with_context(request.model.string(), [&] { return compress(program, options); });
  check_refusals(result);
  if (request.dry_run) return result;
  describe(result, request.recipe, result.program.metadata);
  write_package(result.program, output, progress);
  copy_assets(request.model, output);
  if (request.check) prove(request, output, result);
  result.program = {};  // its constants lie in the scratch folder, which ends here
  return result;
}

Json compression_json(const Compressed& result) {
  Json document;
  document["weights"] = Json::array();
  int64_t before = 0, after = 0;
  int compressed = 0;
  double error = 0;
  document["reductions"] = Json::array();
  for (const ReductionReport& report : result.reductions) {
    before += report.part.bytes_before - report.part.bytes_after;
    document["reductions"].push_back({{"function", report.function},
                                      {"name", report.part.name},
                                      {"outcome", report.part.outcome},
                                      {"done", report.part.done},
                                      {"bytes_before", report.part.bytes_before},
                                      {"bytes_after", report.part.bytes_after}});
  }
  if (!result.psnr.empty()) document["psnr"] = result.psnr;
  for (const WeightReport& weight : result.weights) {
    before += weight.bytes_before;
    after += weight.bytes_after;
    compressed += weight.compressed();
    error += weight.squared_error;
    Json entry = {{"function", weight.function},      {"name", weight.name},
                  {"op_types", weight.op_types},      {"shape", weight.shape},
                  {"methods", weight.methods},        {"bytes_before", weight.bytes_before},
                  {"bytes_after", weight.bytes_after}};
    if (!weight.compressed()) entry["reason"] = weight.reason;
    if (weight.compressed()) entry["squared_error"] = weight.squared_error;
    if (weight.compressed()) entry["psnr"] = std::isfinite(weight.psnr) ? Json(weight.psnr) : Json();
    document["weights"].push_back(std::move(entry));
  }
  document["compressed"] = compressed;
  document["skipped"] = static_cast<int>(result.weights.size()) - compressed;
  document["bytes_before"] = before;
  document["bytes_after"] = after;
  document["squared_error"] = error;
  document["opset_before"] = fmt::format("CoreML{}", result.opset_before);
  document["opset"] = fmt::format("CoreML{}", result.opset);
  return document;
}

}  // namespace anemone
