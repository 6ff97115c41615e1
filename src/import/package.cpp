// SPDX-License-Identifier: Apache-2.0
#include "import/package.h"

#include <set>

#include "base/error.h"
#include "formats/package_reader.h"
#include "import/program_reader.h"

namespace anemone {
namespace {

Constant blob_constant(const BlobReader& file, uint64_t offset, const Type& type) {
  const Blob blob = file.read(offset);
  if (blob.dtype != type.dtype)
    fail("the blob at offset {} holds {}, expected {}", offset, name_of(blob.dtype), name_of(type.dtype));
  if (blob.element_count() != type.element_count())
    fail("the blob at offset {} holds {} elements, expected {} for {}", offset, blob.element_count(),
         type.element_count(), type.str());
  return Constant::mapped(file.file(), blob.data_offset, type.dtype, type.concrete());
}

BlobLookup lookup_in(PackageReader& package) {
  return [&package](const std::string& file, uint64_t offset, const Type& type) {
    return blob_constant(package.blobs(file), offset, type);
  };
}

// The stages of a pipeline of any kind, or nullptr.
const proto::Pipeline* pipeline_of(const proto::Model& model) {
  if (model.has_pipeline()) return &model.pipeline();
  if (model.has_pipelineclassifier()) return &model.pipelineclassifier().pipeline();
  if (model.has_pipelineregressor()) return &model.pipelineregressor().pipeline();
  return nullptr;
}

std::vector<std::string> names_of(const std::vector<Feature>& features) {
  std::vector<std::string> names;
  for (const Feature& feature : features) names.push_back(feature.name);
  return names;
}

// Every stage finds its inputs, and the pipeline its outputs.
void check_connections(const Pipeline& pipeline) {
  const auto inputs = names_of(pipeline.description->input_features);
  std::set<std::string> known(inputs.begin(), inputs.end());
  std::set<std::string> given;
  for (const Pipeline::Stage& stage : pipeline.stages) {
    const Function& function = stage.program.main();
    for (const Feature& input : function.input_features)
      if (!input.optional && !known.count(input.name))
        fail("stage {}: nothing before it gives its input {}", stage.name, input.name);
    for (const std::string& output : names_of(function.output_features)) {
      known.insert(output);
      given.insert(output);
    }
  }
  for (const std::string& output : names_of(pipeline.description->output_features))
    if (!given.count(output)) fail("no stage gives the output {}", output);
}

}  // namespace

Program read_package(const std::filesystem::path& path, const std::filesystem::path& weights) {
  PackageReader package = PackageReader::open(path, weights);
  return with_context(path.string(), [&] { return read_program(package.model(), lookup_in(package)); });
}

Pipeline read_pipeline(const std::filesystem::path& path, const std::filesystem::path& weights) {
  PackageReader package = PackageReader::open(path, weights);
  return with_context(path.string(), [&] {
    Pipeline result;
    const proto::Pipeline* stages = pipeline_of(package.model());
    if (!stages) {
      result.stages.push_back({"", read_program(package.model(), lookup_in(package))});
      return result;
    }
    if (stages->models_size() == 0) fail("the pipeline has no stages");
    result.description.emplace();
    read_description(package.model().description(), *result.description);
    for (int i = 0; i < stages->models_size(); ++i) {
      const std::string name = i < stages->names_size() ? stages->names(i) : std::to_string(i);
      result.stages.push_back(
          {name, with_context("stage " + name, [&] { return read_program(stages->models(i), lookup_in(package)); })});
    }
    check_connections(result);
    return result;
  });
}

}  // namespace anemone
