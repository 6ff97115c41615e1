// SPDX-License-Identifier: Apache-2.0
// Texts in, vectors out: a package of a sentence encoder with the tokenizer and settings that stand beside it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/text_model.h"

namespace anemone {

class TextEmbedder {
 public:
  // `output` names the output (batch, size) to use; empty: sentence_embedding or text_embeds. Throws Error; see
  // TextModel::open.
  static TextEmbedder open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                           const std::string& output, const RunOptions& options);

  // Texts are cut to as many tokens as the model was made for, or the package takes.
  std::vector<std::vector<float>> embed(std::span<const std::string> texts);
  // How many texts go through at once.
  int64_t batch() const { return model_.batch(); }

  // What goes before a text, by the name that the model gives it ("query", "passage"); empty when it has no such name.
  // Error naming the flag when it must be there.
  std::string prompt(const std::string& name, bool required) const;
  // How alike two vectors are, as the model measures it: cosine, dot, euclidean or manhattan (distances are negative).
  double similarity(std::span<const float> a, std::span<const float> b) const { return similarity_(a, b); }

 private:
  explicit TextEmbedder(TextModel model) : model_(std::move(model)) {}
  void read_settings();

  TextModel model_;
  std::string output_;
  int64_t max_tokens_ = 0;
  bool lower_case_ = false;
  bool pools_prompt_ = true;
  std::map<std::string, std::string> prompts_;
  double (*similarity_)(std::span<const float> a, std::span<const float> b) = nullptr;
};

}  // namespace anemone
