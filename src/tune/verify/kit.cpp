// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/kit.h"

#include <algorithm>

#include "base/error.h"
#include "formats/folder_swap.h"
#include "formats/output_file.h"
#include "runtime/arrays.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kModes = {"float32", "ieee-half", "ane"};
const std::vector<std::string> kUnits = {"CPU_ONLY", "CPU_AND_NE", "CPU_AND_GPU", "ALL"};
constexpr const char* kPackage = "model.mlpackage";

Json label_json(const RuntimeValue& value) {
  if (value.kind == RuntimeValue::Kind::kLabel) return value.label;
  Json object = Json::object();
  for (const auto& [label, probability] : value.dictionary) object[label] = probability;
  return object;
}

class KitWriter {
 public:
  KitWriter(const VerifyRequest& request, fs::path folder) : request_(request), folder_(std::move(folder)) {}

  WrittenKit write() {
    copy_package();
    Session session = open(Numerics::kFloat32);
    describe(session);
    collect(session);
    result_.samples = static_cast<int>(samples_.size());
    write_inputs();
    for (const std::string& mode : kModes) write_expected(mode);
    for (const auto& [name, text] : kit_files()) write_text(name, std::string(text));
    kit_["numerics"] = result_.numerics;
    write_text("kit.json", kit_.dump(1) + "\n");
    return std::move(result_);
  }

 private:
  Session open(Numerics numerics) const {
    RunOptions options = request_.run;
    options.numerics = numerics;
    return Session::open(request_.model, options, request_.weights);
  }

  // Arrays in the type that Core ML declares for them, of the samples that the model can take: not every combination of
  // flexible shapes fits.
  void collect(Session& session) {
    auto all = collect_samples(request_, session, nullptr);
    for (InputSample& sample : all)
      for (TensorMap& call : sample.calls)
        for (auto& [name, value] : call)
          if (const auto dtype = dtypes_.find(name); dtype != dtypes_.end()) value = converted(value, dtype->second);
    const auto results = run_samples(session, all, request_.parity.function, true, request_.progress);
    for (size_t i = 0; i < all.size(); ++i)
      if (results[i].impossible.empty())
        samples_.push_back(all[i]);
      else
        result_.notes.push_back(fmt::format("left out {}: {}", all[i].name, results[i].impossible));
  }

  void copy_package() const {
    std::error_code error;
    if (!fs::is_directory(request_.model, error) || !fs::exists(request_.model / "Manifest.json", error))
      fail("{}: a kit needs an .mlpackage folder", request_.model.string());
    fs::copy(request_.model, folder_ / kPackage, fs::copy_options::recursive, error);
    if (error) fail("{}: {}", (folder_ / kPackage).string(), error.message());
  }

  void describe(const Session& session) {
    const Program& program = session.program();
    const std::string name = request_.parity.function.empty() ? program.default_function : request_.parity.function;
    const Function& function = program.function(name);
    kit_ = {{"format", 1},
            {"package", kPackage},
            {"function", name},
            {"multifunction", program.multifunction},
            {"inputs", Json::array()},
            {"outputs", Json::array()},
            {"states", Json::array()},
            {"compute_units", kUnits},
            {"samples", Json::array()}};
    for (const Feature& feature : function.input_features) {
      kit_["inputs"].push_back(
          {{"name", feature.name}, {"kind", feature.kind == Feature::Kind::kImage ? "image" : "array"}});
      dtypes_[feature.name] = feature.kind == Feature::Kind::kImage ? DType::kUInt8 : feature.dtype;
    }
    for (const Feature& feature : function.output_features) kit_["outputs"].push_back(feature.name);
    for (const Output& input : function.inputs)
      if (input.type.is_state()) kit_["states"].push_back(input.name);
  }

  static std::string place(const std::string& what, size_t sample, size_t call, const std::string& file) {
    return fmt::format("{}/{}/{}/{}", what, sample, call, file);
  }

  fs::path file(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    return folder_ / name;
  }

  void write_text(const std::string& name, const std::string& text) const {
    OutputFile output(file(name));
    output.write(text);
    output.close();
  }

  void write_inputs() {
    for (size_t i = 0; i < samples_.size(); ++i) {
      Json calls = Json::array();
      for (size_t call = 0; call < samples_[i].calls.size(); ++call) {
        Json inputs = Json::object();
        for (const auto& [name, value] : samples_[i].calls[call]) {
          const std::string at = place("inputs", i, call, name + ".npy");
          write_tensor(file(at), value);
          inputs[name] = at;
        }
        calls.push_back({{"inputs", std::move(inputs)}});
      }
      kit_["samples"].push_back({{"name", samples_[i].name}, {"calls", std::move(calls)}});
    }
  }

  void write_expected(const std::string& mode) {
    Numerics numerics = Numerics::kFloat32;
    try {
      numerics = numerics_from_name(mode);
    } catch (const Error& error) {
      result_.notes.push_back(fmt::format("no outputs are expected for {}: {}", mode, error.what()));
      return;
    }
    Session session = open(numerics);
    const auto results = run_samples(session, samples_, request_.parity.function, false, request_.progress);
    for (size_t i = 0; i < results.size(); ++i)
      for (size_t call = 0; call < results[i].calls.size(); ++call)
        for (const auto& [name, value] : results[i].calls[call].outputs)
          write_output(place("expected/" + mode, i, call, name), value);
    result_.numerics.push_back(mode);
  }

  void write_output(const std::string& at, const RuntimeValue& value) const {
    if (value.kind == RuntimeValue::Kind::kList) fail("output {} is a list, which a kit cannot hold", at);
    if (value.kind == RuntimeValue::Kind::kTensor)
      write_tensor(file(at + ".npy"), value.tensor);
    else
      write_text(at + ".json", label_json(value).dump());
  }

  const VerifyRequest& request_;
  fs::path folder_;
  std::vector<InputSample> samples_;
  std::map<std::string, DType> dtypes_;
  WrittenKit result_;
  Json kit_;
};

}  // namespace

WrittenKit write_kit(const VerifyRequest& request, const fs::path& folder) {
  std::error_code unreadable;
  if (fs::exists(folder, unreadable) && !fs::is_empty(folder, unreadable) &&
      !fs::exists(folder / "kit.json", unreadable))
    fail("--kit: {}: is there already and is no kit", folder.string());
  FolderSwap swap(folder);
  WrittenKit written = KitWriter(request, swap.folder()).write();
  swap.commit();
  written.folder = folder;
  return written;
}

}  // namespace anemone
