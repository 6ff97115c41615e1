// SPDX-License-Identifier: Apache-2.0
#include "runtime/classify.h"

#include <algorithm>

#include "base/error.h"

namespace anemone {
namespace {

void append_labels(const Constant& classes, std::vector<std::string>& labels) {
  if (!classes.type().is_tensor()) {
    for (const Constant& member : classes.members()) append_labels(member, labels);
  } else if (classes.type().dtype == DType::kString) {
    labels.insert(labels.end(), classes.strings().begin(), classes.strings().end());
  } else {
    for (const int64_t label : to_integers(classes.tensor())) labels.push_back(std::to_string(label));
  }
}

bool has_strings(const Type& classes) {
  return (classes.kind == Type::Kind::kList ? classes.elements.at(0) : classes).dtype == DType::kString;
}

}  // namespace

std::vector<RuntimeValue> run_classify(const Arguments& arguments) {
  const Constant& classes = arguments.literal("classes");
  std::vector<std::string> labels;
  append_labels(classes, labels);
  const auto values = arguments.tensor("probabilities").as<float>();
  if (values.empty() || labels.size() != values.size())
    fail("there are {} classes for {} probabilities", labels.size(), values.size());
  std::vector<RuntimeValue> results(2);
  results[0].kind = RuntimeValue::Kind::kLabel;
  results[0].label = labels[static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin())];
  results[1].kind = RuntimeValue::Kind::kDictionary;
  for (size_t i = 0; i < labels.size(); ++i)
    results[1].dictionary.emplace_back(labels[i], static_cast<double>(values[i]));
  for (RuntimeValue& result : results) result.string_labels = has_strings(classes.type());
  return results;
}

}  // namespace anemone
