// SPDX-License-Identifier: Apache-2.0
#include "import/convert.h"

#include <algorithm>

#include "anemone/version.h"
#include "base/error.h"
#include "base/strings.h"
#include "import/architecture.h"
#include "import/sentence_model.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "targets/target.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLabelsInDescription = 20;
constexpr size_t kNamedTensors = 3;

// What is built from which files.
struct Plan {
  fs::path folder;   // with the model card
  fs::path weights;  // a folder with config.json, or a file in one
  Config config;
  const Architecture* architecture;
  const Head* head;
  std::string task;
  std::optional<SentenceModel> sentences;  // what follows the head, which is then the base model
};

bool is_sentence_task(const std::string& task) { return task == kSentenceTask || task == "sentence-embedding"; }

Plan plan_for(const fs::path& source, const std::string& task) {
  std::error_code unreadable;
  const bool is_folder = fs::is_directory(source, unreadable);
  auto sentences = is_folder ? SentenceModel::read(source) : std::nullopt;
  const fs::path weights = sentences ? sentences->transformer() : source;
  if (!task.empty() && !is_sentence_task(task)) sentences.reset();
  if (is_sentence_task(task) && !sentences) sentences = SentenceModel::with_mean_pooling(source);
  Config config = architecture_table().read_config(weights);
  const Architecture& architecture = architecture_table().find(config);
  config.set_defaults(architecture.defaults);
  const Head& head = sentences ? architecture.heads.front() : choose_head(architecture, config, task);
  return {is_folder ? source : source.parent_path(),
          weights,
          std::move(config),
          &architecture,
          &head,
          sentences ? kSentenceTask : head.task,
          std::move(sentences)};
}

Checkpoint checkpoint_of(const Plan& plan) {
  Checkpoint checkpoint = Checkpoint::open(plan.weights);
  if (plan.sentences) plan.sentences->add_weights(checkpoint);
  return checkpoint;
}

bool has_labels(const Plan& plan) { return plan.task == "text-classification" || plan.task == "token-classification"; }

std::vector<Asset> assets_of(const Plan& plan, const std::vector<std::string>& labels) {
  std::error_code unreadable;
  const bool is_folder = fs::is_directory(plan.weights, unreadable);
  std::vector<Asset> assets = collect_assets(is_folder ? plan.weights : plan.folder, labels);
  if (!plan.sentences) return assets;
  std::vector<Asset> more = plan.sentences->assets();
  std::move(more.begin(), more.end(), std::back_inserter(assets));
  return assets;
}

std::string described(const std::vector<std::string>& labels) {
  std::string text = "Scores before softmax:";
  for (size_t i = 0; i < labels.size() && i < kLabelsInDescription; ++i)
    text += fmt::format("{} {} {}", i ? "," : "", i, labels[i]);
  return labels.size() > kLabelsInDescription ? text + " ..." : text;
}

std::string unused_text(const std::vector<std::string>& names) {
  std::vector<std::string> some(names.begin(),
                                names.begin() + static_cast<int64_t>(std::min(names.size(), kNamedTensors)));
  const std::string more = names.size() > some.size() ? fmt::format(" and {} more", names.size() - some.size()) : "";
  return fmt::format("{} tensors of the checkpoint are not part of this model: {}{}", names.size(), join(some, ", "),
                     more);
}

void check_request(const ModelRequest& request) {
  constexpr int64_t kLargest = int64_t{1} << 24;
  if (request.batch < 1 || request.batch > kLargest) fail("--batch: {}: expected 1 to {}", request.batch, kLargest);
  const int64_t pixels = request.image_size.value_or(1);
  if (pixels < 1 || pixels > kLargest) fail("--image-size: {}: expected 1 to {}", pixels, kLargest);
  const int64_t length = request.sequence_length.value_or(1);
  if (length < 1 || length > kLargest) fail("--sequence-length: {}: expected 1 to {}", length, kLargest);
  for (const auto& [name, shape] : request.shapes)
    for (const int64_t size : shape)
      if (size < 1 || size > kLargest)
        fail("--shape: {}={}: expected sizes from 1 to {}", name, to_string(shape), kLargest);
}

void check_compute_units(const std::string& units) {
  const std::vector<std::string> known = {"ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY"};
  if (std::find(known.begin(), known.end(), units) == known.end())
    fail("--compute-units: {}: expected {}", units, any_of(known));
}

Metadata metadata_of(const Plan& plan, const ConvertOptions& options, const Conversion& conversion,
                     const std::vector<std::string>& labels) {
  Metadata metadata;
  metadata.description = fmt::format("{} ({})", plan.head->class_name, plan.task);
  read_model_card(plan.folder, metadata);
  metadata.user_defined["anemone.version"] = std::string(version());
  metadata.user_defined["anemone.task"] = plan.task;
  if (!options.target.empty()) metadata.user_defined["anemone.target"] = options.target;
  if (!options.compute_units.empty()) metadata.user_defined["anemone.compute_units"] = options.compute_units;
  if (!labels.empty()) metadata.user_defined[kLabelsKey] = Json(labels).dump();
  describe_assets(conversion.assets, metadata);
  return metadata;
}

}  // namespace

Conversion convert(const fs::path& source, const ConvertOptions& options, const Progress& progress) {
  check_request(options.request);
  if (!options.target.empty()) find_target(options.target);
  if (!options.compute_units.empty()) check_compute_units(options.compute_units);
  const Plan plan = plan_for(source, options.task);
  CheckpointWeights::Options reading;
  reading.prefix = plan.architecture->prefix;
  reading.other_prefixes = plan.architecture->other_prefixes;
  reading.origin_of_size = [&plan](int64_t size) { return plan.config.origin_of(size); };
  reading.check = options.check;
  reading.threads = options.threads;
  reading.progress = progress;
  CheckpointWeights weights(checkpoint_of(plan), std::move(reading));
  ModelBuilder model(op_table(), plan.config, weights, options.request);
  if (plan.sentences) plan.sentences->prepare(model);
  plan.head->build(model);
  if (plan.sentences) plan.sentences->build(model);
  const std::vector<std::string> labels = has_labels(plan) ? plan.config.labels() : std::vector<std::string>();
  if (!labels.empty()) model.describe_output("logits", described(labels));

  Conversion conversion;
  conversion.program.functions["main"] = std::make_shared<const Function>(model.finish());
  verify(conversion.program, op_table());
  conversion.assets = assets_of(plan, labels);
  conversion.architecture = plan.head->class_name;
  conversion.task = plan.task;
  conversion.parameters = weights.parameters();
  conversion.program.metadata = metadata_of(plan, options, conversion, labels);
  conversion.warnings = model.warnings();
  conversion.warnings.insert(conversion.warnings.end(), weights.warnings().begin(), weights.warnings().end());
  if (const auto unused = weights.unused(); !unused.empty()) conversion.warnings.push_back(unused_text(unused));
  return conversion;
}

int opset_for(const std::string& deployment_target) {
  static const std::map<std::string, int> kOpsets = {{"iOS15", 5},   {"iOS16", 6},   {"iOS17", 7},   {"iOS18", 8},
                                                     {"macOS12", 5}, {"macOS13", 6}, {"macOS14", 7}, {"macOS15", 8}};
  const auto found = kOpsets.find(deployment_target);
  if (found != kOpsets.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& entry : kOpsets) names.push_back(entry.first);
  fail("--minimum-deployment-target: {}: expected {}", deployment_target, any_of(names));
}

}  // namespace anemone
