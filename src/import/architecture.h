// SPDX-License-Identifier: Apache-2.0
// What an importer is: the model types that it serves, what their configurations leave out, and one function for each
// head that builds the model from shared blocks. One file in import/architectures registers one family.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "import/config.h"

namespace anemone {

class ModelBuilder;

// A model class that a checkpoint can be saved from: the base model, or the base model with a head.
struct Head {
  std::string class_name;  // "DistilBertForSequenceClassification"
  std::string task;        // "text-classification"
  std::function<void(ModelBuilder&)> build;
};

struct Architecture {
  std::vector<std::string> model_types;
  std::string prefix;                            // of the base model's tensors when there is a head: "distilbert."
  std::vector<std::string> other_prefixes = {};  // that some classes of the family use instead
  Json defaults;                                 // configuration keys that files may leave out
  std::vector<Head> heads;                       // the base model first
  // For weight files that bring what others have in config.json: that configuration, made from the file's notes, when
  // they are this family's.
  std::function<std::optional<Json>(const Json& notes)> recognise = {};
};

class ArchitectureTable {
 public:
  void add(Architecture architecture);
  // Errors name what was asked for and what there is.
  const Architecture& find(const Config& config) const;
  std::vector<std::string> model_types() const;
  // That of config.json beside the weights, else the one that an architecture recognises in them.
  Config read_config(const std::filesystem::path& source) const;

 private:
  std::vector<Architecture> architectures_;
};

// The head for a task; without one, that of the class in the configuration, and without that the base model.
const Head& choose_head(const Architecture& architecture, const Config& config, const std::string& task);

// Every architecture that this build knows, made once.
const ArchitectureTable& architecture_table();
void register_all_architecture(ArchitectureTable& table);

}  // namespace anemone
