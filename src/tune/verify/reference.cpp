// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/reference.h"

#include "base/error.h"
#include "formats/manifest.h"
#include "import/convert.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

bool is_model(const fs::path& source) {
  std::error_code unreadable;
  return source.extension() == ".mlpackage" || source.extension() == ".mlmodel" ||
         fs::exists(source / "Manifest.json", unreadable);
}

ConvertOptions import_options(const Function& function, const std::string& task, int threads) {
  ConvertOptions options;
  options.task = task;
  options.threads = threads;
  options.check = false;
  options.request.precision = DType::kFloat32;
  options.request.opset = function.opset;
  for (const Feature& input : function.input_features) {
    options.request.inputs.push_back(input.name);
    if (input.shape) options.request.shapes[input.name] = *input.shape;
    if (input.name == "input_ids" && input.shape && input.shape->size() == 2) {
      options.request.batch = input.shape->at(0);
      options.request.sequence_length = input.shape->at(1);
    }
  }
  for (const Feature& output : function.output_features) options.request.outputs.push_back(output.name);
  return options;
}

}  // namespace

Reference open_reference(const fs::path& source, const Function& function, const std::string& task,
                         const RunOptions& options) {
  if (is_model(source)) return {Session::open(source, options), false};
  std::error_code unreadable;
  if (!fs::exists(source, unreadable)) fail("--reference: {}: is not there", source.string());
  return with_context("--reference", [&] {
    Conversion conversion = convert(source, import_options(function, task, options.threads));
    return Reference{Session(std::make_shared<const Program>(std::move(conversion.program)), options), true};
  });
}

}  // namespace anemone
