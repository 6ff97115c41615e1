// SPDX-License-Identifier: Apache-2.0
// Texts, or pairs of them, in, classes with probabilities out: a text classifier's package with the tokenizer and
// labels that stand beside it. Texts go through one at a time, cut to the package's longest length.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/text_model.h"

namespace anemone {

struct Classified {
  size_t best = 0;                    // index of the most probable class
  std::vector<float> logits;          // one for each class
  std::vector<double> probabilities;  // softmax; where classes do not exclude each other, or there is one, sigmoid
  int64_t tokens = 0;                 // without padding
};

class TextClassifier {
 public:
  // Throws Error; see TextModel::open. The package must have logits of (batch, classes).
  static TextClassifier open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                             const RunOptions& options);

  Classified classify(std::string_view text, std::optional<std::string_view> pair = {});
  // Names of the classes, or LABEL_0 ... when the package has none.
  const std::vector<std::string>& labels() const { return labels_; }
  // A class by its name or number. Error when there is none.
  size_t label_index(std::string_view label) const;

 private:
  explicit TextClassifier(TextModel model) : model_(std::move(model)) {}

  TextModel model_;
  std::vector<std::string> labels_;
  bool exclusive_ = true;
};

}  // namespace anemone
