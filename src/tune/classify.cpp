// SPDX-License-Identifier: Apache-2.0
#include "tune/classify.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "import/assets.h"
#include "tune/text_inputs.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

const Feature* find_feature(const std::vector<Feature>& features, const std::string& name) {
  const auto found = std::find_if(features.begin(), features.end(), [&](const Feature& f) { return f.name == name; });
  return found == features.end() ? nullptr : &*found;
}

ConcreteShape fixed_shape(const std::vector<Feature>& features, const std::string& name) {
  const Feature* feature = find_feature(features, name);
  if (!feature) fail("the model has no {}, which text classification needs", name);
  if (!feature->shape || feature->shape->size() != 2) fail("{} has no fixed shape of two dimensions", name);
  return *feature->shape;
}

std::vector<std::string> labels_of(const Metadata& metadata, size_t classes) {
  std::vector<std::string> labels;
  if (const auto found = metadata.user_defined.find(kLabelsKey); found != metadata.user_defined.end()) {
    const Json json = with_context(std::string("metadata ") + kLabelsKey, [&] { return parse_json(found->second); });
    for (const Json& label : json)
      if (label.is_string()) labels.push_back(label.get<std::string>());
  } else {
    for (size_t i = 0; i < classes; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  }
  if (labels.size() != classes) fail("metadata {} does not name {} classes", kLabelsKey, classes);
  return labels;
}

// config.json may say that a text can belong to several classes.
bool excludes_each_other(const fs::path& assets, size_t classes) {
  std::error_code unreadable;
  if (!fs::is_regular_file(assets / "config.json", unreadable)) return classes > 1;
  const Json config = read_json(assets / "config.json");
  const auto problem = config.is_object() ? config.find("problem_type") : config.end();
  return classes > 1 && (problem == config.end() || *problem != "multi_label_classification");
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
  Session session = Session::open(model, options);
  const fs::path assets = assets_folder(model);
  if (tokenizer.empty()) {
    std::error_code unreadable;
    if (!fs::is_directory(assets, unreadable))
      fail("{}: has no assets at {}: --tokenizer can name the tokenizer", model.string(), assets.string());
    check_assets(session.program().metadata, assets);
  }
  TextClassifier classifier(std::move(session), Tokenizer::open(tokenizer.empty() ? assets : tokenizer));
  with_context(model.string(), [&] {
    const Function& main = classifier.session_.program().main();
    fixed_shape(main.input_features, "input_ids");
    const auto classes = static_cast<size_t>(fixed_shape(main.output_features, "logits")[1]);
    classifier.labels_ = labels_of(classifier.session_.program().metadata, classes);
    classifier.exclusive_ = excludes_each_other(assets, classes);
  });
  return classifier;
}

Classified TextClassifier::classify(std::string_view text) {
  const Function& main = session_.program().main();
  const Encoding encoding = encode_for(main, tokenizer_, text);
  TensorMap no_states;
  const auto results = session_.run(text_inputs(main, encoding), no_states);
  const Tensor logits = converted(results.at("logits").tensor, DType::kFloat32);
  Classified result;
  const auto values = logits.as<float>();
  result.logits.assign(values.begin(), values.begin() + static_cast<int64_t>(labels_.size()));
  result.probabilities = probabilities_of(result.logits, exclusive_);
  result.best =
      static_cast<size_t>(std::max_element(result.logits.begin(), result.logits.end()) - result.logits.begin());
  result.tokens = std::count(encoding.attention_mask.begin(), encoding.attention_mask.end(), 1);
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
