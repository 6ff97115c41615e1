// SPDX-License-Identifier: Apache-2.0
// A checkpoint's config.json, or that of one of its modules. Keys are asked for by their common name (hidden_size,
// num_attention_heads ...) and found under any spelling that a model type uses (dim, n_heads, n_embd ...); a key that
// is absent has the default of the model type. Errors name the file and the key as the file spells it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace anemone {

class Config {
 public:
  // `source` is a checkpoint's folder, or a weight file that lies in one.
  static Config read(const std::filesystem::path& source);
  Config(Json values, std::string file);

  const std::string& file() const { return file_; }
  std::string model_type() const;    // Error when the file does not say what the checkpoint is
  std::string architecture() const;  // the class that the checkpoint was saved from, or empty
  void set_defaults(Json defaults) { defaults_ = std::move(defaults); }

  bool has(const std::string& key) const;      // in the file, not null
  int64_t size(const std::string& key) const;  // a positive number
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;  // one text, or a list of them
  std::optional<int32_t> token(const std::string& key) const;  // an id of the vocabulary; none when absent or negative
  int64_t count(const std::string& key) const;                 // zero or a positive number
  // As size; `fallback` when the key is null, or absent and without a default.
  int64_t size_or(const std::string& key, int64_t fallback) const;
  std::vector<double> numbers(const std::string& key) const;
  // An object inside the file, whose errors say where it is; nothing when it is absent or null.
  std::optional<Config> section(const std::string& key) const;
  // This configuration's keys, and those of `other` that it lacks.
  Config over(const Config& other) const;
  // size(key) / size(divisor), which must not leave a rest.
  int64_t quotient(const std::string& key, const std::string& divisor) const;
  // Which key says this size, for messages: "hidden_size 768", "3 * hidden_size 768", or nothing.
  std::string origin_of(int64_t size) const;
  // The names of the classes, in the order of their scores: id2label, else LABEL_0 ... as num_labels says.
  std::vector<std::string> labels() const;

 private:
  int64_t whole(const std::string& key, int64_t smallest) const;
  std::string spelling(const std::string& key) const;  // in the file, else in the defaults, else the key itself
  const Json& value(const std::string& key) const;     // Error when neither has it

  Json values_;
  Json defaults_ = Json::object();
  std::string file_;
};

}  // namespace anemone
