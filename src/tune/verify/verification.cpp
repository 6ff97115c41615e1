// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/verification.h"

#include <cmath>

#include "base/error.h"
#include "formats/npy.h"
#include "runtime/arrays.h"
#include "tune/verify/data_set.h"
#include "tune/verify/gates.h"
#include "tune/verify/reference.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

const Function& function_of(const Session& session, const std::string& name) {
  return session.program().function(name.empty() ? session.program().default_function : name);
}

RuntimeValue stored_label(const Json& json) {
  RuntimeValue value;
  if (json.is_object()) {
    value.kind = RuntimeValue::Kind::kDictionary;
    for (const auto& [key, number] : json.items())
      if (number.is_number()) value.dictionary.emplace_back(key, number.get<double>());
    return value;
  }
  value.kind = RuntimeValue::Kind::kLabel;
  value.label = json.is_string() ? json.get<std::string>() : json.dump();
  return value;
}

// The stored outputs of a model, by name. Those without a file are not compared; at least one must be there.
SampleResult stored_results(const fs::path& folder, const Function& function) {
  CallResult call;
  for (const Feature& output : function.output_features) {
    std::error_code unreadable;
    const fs::path array = folder / (output.name + ".npy");
    const fs::path label = folder / (output.name + ".json");
    if (fs::exists(array, unreadable))
      call.outputs[output.name] = read_tensor(array);
    else if (fs::exists(label, unreadable))
      call.outputs[output.name] = stored_label(read_json(label));
  }
  if (call.outputs.empty()) fail("--expect: {}: holds no NAME.npy of an output of the model", folder.string());
  SampleResult result;
  result.calls.push_back(std::move(call));
  return result;
}

Parity against_stored(const VerifyRequest& request, Session& model, const std::vector<InputSample>& samples) {
  if (samples.size() != 1 || samples[0].calls.size() != 1)
    fail("--expect: needs the one set of inputs that the outputs belong to: --input gives it");
  const std::vector<SampleResult> want = {
      stored_results(request.expected, function_of(model, request.parity.function))};
  auto got = run_samples(model, samples, request.parity.function, false, request.progress);
  auto& outputs = got[0].calls[0].outputs;
  std::vector<std::string> missing;
  for (const auto& entry : outputs)
    if (!want[0].calls[0].outputs.count(entry.first)) missing.push_back(entry.first);
  for (const std::string& name : missing) outputs.erase(name);
  got[0].states.clear();
  Parity parity = compare_results(samples, got, want, request.parity);
  for (const std::string& name : missing) parity.notes.push_back("nothing is stored for output " + name);
  return parity;
}

// What a program has rounded before it runs.
struct Rounded {
  bool to_half = false;
  bool compressed = false;

  friend bool operator==(const Rounded&, const Rounded&) = default;
};

Rounded rounded(const Function& function) {
  Rounded result;
  for_each_op(function.body, [&](const Op& op) {
    result.compressed |= is_constexpr(op);
    for (const Output& output : op.outputs)
      result.to_half |= output.type.is_tensor() && output.type.dtype == DType::kFloat16;
  });
  return result;
}

double given_floor(const VerifyRequest& request, double otherwise) {
  if (request.floor) return *request.floor;
  return request.gate.empty() ? otherwise : find_gate(request.gate).floor;
}

// Two programs of one precision that both compute in single agree far better than what half or compressed weights cost.
// Whether the two are expected to agree but for the order of sums.
bool same_precision(const VerifyRequest& request, const Function& model, const Function& reference) {
  return request.run.numerics == request.reference_numerics && request.run.products == kernels::Precision{} &&
         rounded(model) == rounded(reference);
}

}  // namespace

std::vector<InputSample> collect_samples(const VerifyRequest& request, const Session& model,
                                         const Function* reference) {
  const SampleSource& source = request.source;
  const Function& function = function_of(model, request.parity.function);
  if (!source.inputs.empty()) return {{"the given inputs", {source.inputs}, ""}};
  if (!source.data.empty())
    return read_data_set(source.data, model.program(), function,
                         {source.tokenizer, request.model, source.only_random ? source.made_up.random : -1});
  InputMeanings meanings = input_meanings(function);
  if (reference) meanings = merged(meanings, input_meanings(*reference));
  return make_samples(function, meanings, source.made_up);
}

Verification verify_model(const VerifyRequest& request) {
  if (request.reference.empty() == request.expected.empty())
    fail("one of --reference and --expect is needed: what the model is compared with");
  Verification result;
  result.gate = request.gate;
  result.floor = given_floor(request, kDefaultFloor);
  Session model = Session::open(request.model, request.run, request.weights);
  if (!request.expected.empty()) {
    result.parity = against_stored(request, model, collect_samples(request, model, nullptr));
    result.passed = result.parity.passes(result.floor);
    return result;
  }
  RunOptions run = request.run;
  run.numerics = request.reference_numerics;
  const Function& function = function_of(model, request.parity.function);
  Reference reference = open_reference(request.reference, function, request.task, run);
  result.is_checkpoint = reference.is_checkpoint;
  const Function& other = function_of(reference.session, request.parity.function);
  const bool alike = same_precision(request, function, other);
  const bool fine = request.bisect && alike && request.run.numerics == Numerics::kFloat32;
  result.floor = given_floor(request, fine ? kBisectFloor : kDefaultFloor);
  const auto samples = collect_samples(request, model, &other);
  // What a search needs again; neither holds weights in memory.
  const auto theirs = std::make_shared<const Program>(reference.session.program());
  result.parity = compare_models(model, std::move(reference.session), samples, request.parity, request.progress);
  result.parity.add_suspicions(!alike);
  result.passed = result.parity.passes(result.floor);
  if (request.bisect && !result.passed) {
    BisectRequest search;
    search.function = request.parity.function;
    search.run = request.run;
    search.reference_run = run;
    search.floor = result.floor;
    result.bisection = bisect_samples(model.program(), *theirs, samples, result.parity, search);
  }
  return result;
}

Json verification_json(const Verification& result) {
  Json document = parity_json(result.parity);
  document["floor"] = result.floor;
  if (!result.gate.empty()) {
    const Gate& gate = find_gate(result.gate);
    document["gate"] = {{"name", gate.name}, {"floor", gate.floor}, {"expected", gate.expected}};
  }
  document["passed"] = result.passed;
  document["proves"] = result.is_checkpoint ? "writing and rewriting, not import" : "agreement of two models";
  document["first_bad_op"] = result.bisection ? bisection_json(*result.bisection) : Json();
  return document;
}

std::string verification_text(const Verification& result) {
  std::string text = parity_text(result.parity);
  if (result.is_checkpoint)
    text += "\nThe checkpoint was read by this program's own importer: this proves writing and rewriting, not import.";
  if (!result.gate.empty()) {
    const Gate& gate = find_gate(result.gate);
    if (result.passed && result.parity.min_psnr() < gate.expected)
      text += fmt::format("\nworth a look: {} gives {:g} dB or more as a rule", gate.meaning, gate.expected);
  }
  if (result.bisection) text += "\n" + bisection_text(*result.bisection);
  const std::string limit = result.gate.empty() ? "" : fmt::format(" (gate {})", result.gate);
  text += fmt::format("\n{}: the limit is {:g} dB{} on {} samples", result.passed ? "passed" : "FAILED", result.floor,
                      limit, result.parity.samples);
  return text;
}

}  // namespace anemone
