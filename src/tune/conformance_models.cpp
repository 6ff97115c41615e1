// SPDX-License-Identifier: Apache-2.0
// Whole models. Limits as max |got - want| / max |want|, as the data's own documentation gives them.
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "formats/zip.h"
#include "import/package.h"
#include "runtime/arrays.h"
#include "runtime/decompress.h"
#include "runtime/image_input.h"
#include "runtime/session.h"
#include "tune/compare.h"
#include "tune/conformance.h"

namespace anemone {
namespace {

struct Limits {
  double library;      // against the original library
  double interpreter;  // against the independent interpreter
};

bool ends_with(const std::string& text, const std::string& tail) {
  return text.size() >= tail.size() && text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

Limits limits_of(const std::string& name, Numerics numerics) {
  const bool half = !keeps_float32(numerics);
  if (numerics == Numerics::kAne) return {name.rfind("Cascade", 0) == 0 ? 3e-1 : 5e-2, 0};
  if (ends_with(name, "fp32")) return {1e-4, half ? 1e-2 : 1e-4};
  const bool amplifies = name.rfind("Cascade", 0) == 0;  // these packages amplify rounding about a hundred times
  const double library = half ? (amplifies ? 2e-1 : 2e-2) : (amplifies ? 5e-2 : 5e-3);
  return {library, half ? 1e-2 : 1e-4};
}

void check(const std::string& output, const Tensor& got, const Tensor& want, double limit, const std::string& who) {
  const Comparison error = compare(got, want);
  if (!error.same_shape)
    throw CaseFailure(
        fmt::format("{}: shape {}, {} has {}", output, to_string(got.shape()), who, to_string(want.shape())));
  const bool exact = is_integer(want.dtype()) || want.dtype() == DType::kBool;
  if (!error.finite || error.relative() > (exact ? 0 : limit))
    throw CaseFailure(
        fmt::format("{}: error {:.3g} against {}, limit {:.3g}", output, error.relative(), who, exact ? 0 : limit));
}

// A class label, or a dictionary of probabilities.
void check_label(const std::string& output, const RuntimeValue& got, const Json& want, double limit) {
  if (!want.is_object()) {
    const std::string label = want.is_string() ? std::string(want) : want.dump();
    if (got.kind != RuntimeValue::Kind::kLabel || got.label != label || got.string_labels != want.is_string())
      throw CaseFailure(fmt::format("{}: {}, expected {}", output, got.label, label));
    return;
  }
  if (got.dictionary.size() != want.size())
    throw CaseFailure(fmt::format("{}: {} classes, expected {}", output, got.dictionary.size(), want.size()));
  for (const auto& [label, probability] : got.dictionary)
    if (!want.contains(label) || !(std::abs(probability - double(want.at(label))) <= limit))
      throw CaseFailure(fmt::format("{}: {} has {}", output, label, probability));
}

class ModelCase {
 public:
  ModelCase(const std::filesystem::path& folder, const Json& entry, const Json* interpreter,
            const ConformanceOptions& options)
      : folder_(folder), entry_(entry), interpreter_(interpreter), options_(options), name_(entry.at("name")) {}

  void run() {
    if (entry_.at("kind") == "decompress") {
      check_decompressed();
      run_once();
      return;
    }
    Session session = Session::open(package(), options_.run);
    TensorMap states;
    const Json& calls = entry_.at("calls");
    for (size_t i = 0; i < calls.size(); ++i) {
      TensorMap inputs;
      for (const Json& input : calls[i].at("inputs"))
        inputs[input.at(0)] = read_input_file(folder_ / std::string(input.at(1)));
      const auto results = session.run(inputs, states, calls[i].value("function", ""));
      keep_outputs(options_, std::filesystem::path(name_) / std::to_string(i), results);
      check_call(calls[i], i, results);
    }
  }

 private:
  std::filesystem::path package() const { return folder_ / std::string(entry_.at("package")); }

  void check_call(const Json& call, size_t index, const std::map<std::string, RuntimeValue>& results) {
    const Limits limits = limits_of(name_, options_.run.numerics);
    for (size_t k = 0; k < call.at("outputs").size(); ++k) {
      const std::string output = call.at("output_names").at(k);
      const auto found = results.find(output);
      if (found == results.end()) throw CaseFailure("there is no output " + output);
      const std::filesystem::path want = folder_ / std::string(call.at("outputs").at(k));
      if (want.extension() == ".json")
        check_label(output, found->second, read_json(want), limits.library);
      else
        check(output, found->second.tensor, read_tensor(want), limits.library, "the original library");
    }
    if (!interpreter_ || options_.run.numerics == Numerics::kAne) return;  // it does not compute as the engine does
    const Json& other = interpreter_->at("modes").at(keeps_float32(options_.run.numerics) ? "fp32" : "fp16").at(index);
    for (size_t k = 0; k < other.at("outputs").size(); ++k) {
      const std::string output = other.at("output_names").at(k);
      check(output, results.at(output).tensor,
            read_tensor(folder_.parent_path() / "golden_exec" / std::string(other.at("outputs").at(k))),
            limits.interpreter, "the interpreter");
    }
  }

  // Every compressed constant: at most 1e-3 off, absolutely and relatively.
  void check_decompressed() {
    const ZipArchive values = ZipArchive::open(folder_ / std::string(entry_.at("values")));
    const Program program = read_package(package());
    size_t compared = 0;
    decompress(program.main(), [&](const Output& output, const Tensor& got) {
      const std::string& name = output.name;
      const auto member = values.members().find(name + ".npy");
      if (member == values.members().end()) return;
      const Comparison error =
          compare(got, tensor_of(read_npy(values.file(), values.bytes(member->second))), 1e-3, 1e-3);
      if (!error.same_shape || !error.finite || error.worst_excess > 0)
        throw CaseFailure(fmt::format("{}: error {:.3g}", name, error.max_abs));
      ++compared;
    });
    if (compared != values.members().size())
      throw CaseFailure(fmt::format("{} of {} constants found", compared, values.members().size()));
  }

  // No expected outputs: the model must run and give finite numbers.
  void run_once() {
    Session session = Session::open(package(), options_.run);
    TensorMap inputs;
    std::mt19937 random(1);
    for (const Feature& feature : session.program().main().input_features) {
      Tensor tensor(DType::kFloat32, feature.shape.value_or(ConcreteShape{}));
      for (float& value : tensor.as<float>()) value = static_cast<float>(random() % 1000) / 1000.0F - 0.5F;
      inputs[feature.name] = tensor;
    }
    TensorMap states;
    const auto results = session.run(inputs, states);
    keep_outputs(options_, std::filesystem::path(name_) / "0", results);
    for (const auto& [name, value] : results)
      if (!compare(value.tensor, value.tensor).finite) throw CaseFailure(name + ": not finite");
  }

  const std::filesystem::path folder_;
  const Json& entry_;
  const Json* interpreter_;
  const ConformanceOptions& options_;
  std::string name_;
};

}  // namespace

void run_models(const std::filesystem::path& folder, const ConformanceOptions& options,
                const std::function<void(const CaseResult&)>& visit) {
  const Json index = read_json(folder / "index.json");
  const auto root = std::filesystem::canonical(folder);
  std::map<std::string, const Json*> interpreter;
  Json other = Json::array();
  if (const auto path = root.parent_path() / "golden_exec" / "index.json"; std::filesystem::exists(path))
    other = read_json(path);
  for (const Json& entry : other) interpreter[entry.at("name")] = &entry;
  for (const Json& entry : index) {
    const std::string name = entry.at("name");
    if (name.find(options.filter) == std::string::npos) continue;
    const auto found = interpreter.find(name);
    run_case(
        name, entry.at("kind"),
        [&] { ModelCase(root, entry, found == interpreter.end() ? nullptr : found->second, options).run(); }, visit);
  }
}

}  // namespace anemone
