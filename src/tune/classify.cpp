// SPDX-License-Identifier: Apache-2.0
#include "tune/classify.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "import/assets.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

// How many classes the model has, when that is fixed.
std::optional<size_t> classes_of(const TextModel& model) {
  const Feature* logits = model.output("logits");
  if (!logits) fail("the model has no logits, which text classification needs");
  if (!logits->shape) return std::nullopt;
  if (logits->shape->size() != 2) fail("logits has shape {}, expected (batch, classes)", to_string(*logits->shape));
  return static_cast<size_t>(logits->shape->back());
}

std::vector<std::string> labels_of(const Metadata& metadata, std::optional<size_t> classes) {
  std::vector<std::string> labels;
  if (const auto found = metadata.user_defined.find(kLabelsKey); found != metadata.user_defined.end()) {
    const Json json = with_context(std::string("metadata ") + kLabelsKey, [&] { return parse_json(found->second); });
    for (const Json& label : json)
      if (label.is_string()) labels.push_back(label.get<std::string>());
  } else {
    if (!classes) fail("neither the shape of logits nor metadata {} tells how many classes there are", kLabelsKey);
    for (size_t i = 0; i < *classes; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  }
  if (labels.empty() || labels.size() != classes.value_or(labels.size()))
    fail("metadata {} names {} classes, expected {}", kLabelsKey, labels.size(), classes.value_or(1));
  return labels;
}

// config.json may say that a text can belong to several classes.
bool excludes_each_other(const TextModel& model, size_t classes) {
  return classes > 1 && model.asset("config.json").value("problem_type", Json()) != "multi_label_classification";
}

std::vector<double> probabilities_of(const std::vector<float>& logits, bool exclusive) {
  std::vector<double> result(logits.begin(), logits.end());
  if (!exclusive) {
    for (double& x : result) x = 1 / (1 + std::exp(-x));
    return result;
  }
  const double largest = *std::max_element(result.begin(), result.end());
  double sum = 0;
  for (double& x : result) sum += x = std::exp(x - largest);
  for (double& x : result) x /= sum;
  return result;
}

}  // namespace

TextClassifier TextClassifier::open(const fs::path& model, const fs::path& tokenizer, const RunOptions& options) {
  TextClassifier classifier(TextModel::open(model, tokenizer, options));
  with_context(model.string(), [&] {
    classifier.labels_ = labels_of(classifier.model_.program().metadata, classes_of(classifier.model_));
    classifier.exclusive_ = excludes_each_other(classifier.model_, classifier.labels_.size());
  });
  return classifier;
}

Classified TextClassifier::classify(std::string_view text, std::optional<std::string_view> pair) {
  EncodeOptions options;
  options.max_length = model_.longest();
  options.pair = pair;
  const Encoding encoding = model_.tokenizer().encode(text, options);
  const auto results = model_.run(std::span(&encoding, 1));
  const Tensor logits = converted(results.at("logits").tensor, DType::kFloat32);
  if (logits.shape().back() != static_cast<int64_t>(labels_.size()))
    fail("logits has shape {} for {} classes", to_string(logits.shape()), labels_.size());
  Classified result;
  const auto values = logits.as<float>().first(labels_.size());
  result.logits.assign(values.begin(), values.end());
  result.probabilities = probabilities_of(result.logits, exclusive_);
  result.best =
      static_cast<size_t>(std::max_element(result.logits.begin(), result.logits.end()) - result.logits.begin());
  result.tokens = static_cast<int64_t>(encoding.ids.size());
  return result;
}

size_t TextClassifier::label_index(std::string_view label) const {
  if (const auto found = std::find(labels_.begin(), labels_.end(), label); found != labels_.end())
    return static_cast<size_t>(found - labels_.begin());
  const auto number = parse_int(label);
  if (!number || *number < 0 || *number >= static_cast<int64_t>(labels_.size()))
    fail("{} is no class of the model: expected {}, or their numbers from 0", label, any_of(labels_));
  return static_cast<size_t>(*number);
}

}  // namespace anemone
