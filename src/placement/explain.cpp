// SPDX-License-Identifier: Apache-2.0
#include "placement/explain.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/mapped_file.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

// The files that a model is made of, by their place in it; the manifest, whose identifiers differ, left out.
std::map<std::string, fs::path> content_of(const fs::path& model) {
  std::map<std::string, fs::path> files;
  if (!fs::is_directory(model)) return {{"", model}};
  for (const auto& entry : fs::recursive_directory_iterator(model))
    if (entry.is_regular_file() && entry.path().filename() != "Manifest.json")
      files[entry.path().lexically_relative(model).generic_string()] = entry.path();
  return files;
}

bool same_file(const fs::path& a, const fs::path& b) {
  if (fs::file_size(a) != fs::file_size(b)) return false;
  if (fs::equivalent(a, b)) return true;
  const auto left = MappedFile::open(a);
  const auto right = MappedFile::open(b);
  constexpr size_t kChunk = size_t{1} << 24;  // pages are given back while we go
  const size_t size = left->bytes().size();
  for (size_t at = 0; at < size; at += kChunk) {
    const size_t length = std::min(kChunk, size - at);
    if (std::memcmp(left->bytes().data() + at, right->bytes().data() + at, length) != 0) return false;
    left->release(at, length);
    right->release(at, length);
  }
  return true;
}

bool same_content(const fs::path& a, const fs::path& b) {
  const auto left = content_of(a);
  const auto right = content_of(b);
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](const auto& x, const auto& y) { return x.first == y.first && same_file(x.second, y.second); });
}

ExplainedModel load(const fs::path& path, const Target& target) {
  ExplainedModel model;
  model.name = path.string();
  model.source = std::make_shared<Pipeline>(read_pipeline(path));
  for (const Pipeline::Stage& stage : model.source->stages) {
    with_context(path.string(), [&] { verify(stage.program, op_table(), VerifyOptions{false}); });
    model.weights.push_back(weight_sizes(stage.program, target));
  }
  return model;
}

int64_t loaded_bytes(const ExplainedModel& model) {
  int64_t bytes = 0;
  for (const WeightSizes& sizes : model.weights) bytes += sizes.loaded;
  return bytes;
}

Window window_of(const std::vector<ExplainedModel>& models, const Target& target) {
  std::vector<Window::Member> members;
  for (size_t i = 0; i < models.size(); ++i) {
    Window::Member member{models[i].name, loaded_bytes(models[i]), -1, true, ""};
    for (size_t j = 0; j < i && member.same_as < 0; ++j)
      if (members[j].same_as < 0 && members[j].bytes == member.bytes && same_content(models[i].name, models[j].name))
        member.same_as = static_cast<int>(j);
    members.push_back(member);
  }
  return share_window(std::move(members), target);
}

void place_model(ExplainedModel& model, const std::string& function, const PlaceOptions& options) {
  const bool pipeline = model.source->stages.size() > 1;
  for (size_t i = 0; i < model.source->stages.size(); ++i) {
    const Pipeline::Stage& stage = model.source->stages[i];
    if (!function.empty() && !pipeline && !stage.program.functions.count(function))
      fail("--function: {} has no function {}", model.name, function);
    for (const auto& [name, body] : stage.program.functions) {
      if (!function.empty() && name != function) continue;
      PlacedFunction placed = place(stage.program, *body, model.weights[i], options);
      if (pipeline) placed.name = stage.name + "/" + name;
      model.functions.push_back(std::move(placed));
    }
  }
  model.totals = totals_of(model.functions, model.weights, options.target);
}

}  // namespace

int ExplainedModel::ops() const { return totals.ops; }

int ExplainedModel::count(Unit unit) const {
  return unit == Unit::kAne ? totals.ane : unit == Unit::kGpu ? totals.gpu : totals.cpu;
}

Explanation explain(const ExplainRequest& request) {
  Explanation result;
  result.options = request.options;
  for (const fs::path& path : request.models) result.models.push_back(load(path, request.options.target));
  if (request.together) result.window = window_of(result.models, request.options.target);
  for (size_t i = 0; i < result.models.size(); ++i) {
    PlaceOptions options = request.options;
    if (result.window && !result.window->members[i].fits && options.target.limits().ml_programs)
      options.gate = window_verdict(result.window->members[i], options.target);
    place_model(result.models[i], request.function, options);
  }
  return result;
}

}  // namespace anemone
