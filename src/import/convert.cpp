// SPDX-License-Identifier: Apache-2.0
#include "import/convert.h"

#include "anemone/version.h"
#include "base/error.h"
#include "base/strings.h"
#include "import/architecture.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLabelsInDescription = 20;
constexpr size_t kNamedTensors = 3;

bool has_labels(const Head& head) { return head.task == "text-classification" || head.task == "token-classification"; }

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
  const int64_t length = request.sequence_length.value_or(1);
  if (length < 1 || length > kLargest) fail("--sequence-length: {}: expected 1 to {}", length, kLargest);
  for (const auto& [name, shape] : request.shapes)
    for (const int64_t size : shape)
      if (size < 1 || size > kLargest)
        fail("--shape: {}={}: expected sizes from 1 to {}", name, to_string(shape), kLargest);
}

Metadata metadata_of(const fs::path& folder, const Head& head, const Conversion& conversion,
                     const std::vector<std::string>& labels) {
  Metadata metadata;
  metadata.description = fmt::format("{} ({})", head.class_name, head.task);
  read_model_card(folder, metadata);
  metadata.user_defined["anemone.version"] = std::string(version());
  metadata.user_defined["anemone.task"] = head.task;
  if (!labels.empty()) metadata.user_defined[kLabelsKey] = Json(labels).dump();
  describe_assets(conversion.assets, metadata);
  return metadata;
}

}  // namespace

Conversion convert(const fs::path& source, const ConvertOptions& options, const Progress& progress) {
  check_request(options.request);
  Config config = architecture_table().read_config(source);
  const Architecture& architecture = architecture_table().find(config);
  const Head& head = choose_head(architecture, config, options.task);
  config.set_defaults(architecture.defaults);
  CheckpointWeights weights(Checkpoint::open(source), {architecture.prefix, architecture.other_prefixes, options.check,
                                                       options.threads, progress});
  ModelBuilder model(op_table(), config, weights, options.request);
  head.build(model);
  const std::vector<std::string> labels = has_labels(head) ? config.labels() : std::vector<std::string>();
  if (!labels.empty()) model.describe_output("logits", described(labels));

  Conversion conversion;
  conversion.program.functions["main"] = std::make_shared<const Function>(model.finish());
  verify(conversion.program, op_table());
  std::error_code unreadable;
  const fs::path folder = fs::is_directory(source, unreadable) ? source : source.parent_path();
  conversion.assets = collect_assets(folder, labels);
  conversion.architecture = head.class_name;
  conversion.task = head.task;
  conversion.parameters = weights.parameters();
  conversion.program.metadata = metadata_of(folder, head, conversion, labels);
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
