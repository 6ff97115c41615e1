// SPDX-License-Identifier: Apache-2.0
// A folder as sentence-transformers saves it: modules.json lists a Transformer, which lies in the folder or in one of
// its own, and what follows it. Everything becomes one program that turns tokens into `sentence_embedding`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "formats/checkpoint.h"
#include "import/assets.h"
#include "import/sentence_module.h"

namespace anemone {

inline constexpr const char* kSentenceTask = "sentence-similarity";

class SentenceModel {
 public:
  // Nothing when the folder has no modules.json, or one that lists nothing behind the Transformer. Throws Error.
  static std::optional<SentenceModel> read(const std::filesystem::path& folder);
  // Any encoder with mean pooling, which is what the library makes of a folder without modules.json.
  static SentenceModel with_mean_pooling(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& transformer() const { return transformer_; }

  void add_weights(Checkpoint& checkpoint) const;  // of the modules behind the Transformer
  // Behind the Transformer's base model, whose outputs become optional ones. `prepare` comes before it.
  void prepare(ModelBuilder& model) const;
  void build(ModelBuilder& model) const;
  std::vector<Asset> assets() const;

 private:
  struct Step {
    std::string path;  // inside the folder
    const SentenceModule* module;
    Config config;
  };
  explicit SentenceModel(std::filesystem::path folder) : folder_(folder), transformer_(std::move(folder)) {}

  std::filesystem::path folder_;
  std::filesystem::path transformer_;
  std::vector<Step> steps_;
};

}  // namespace anemone
