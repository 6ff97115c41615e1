// SPDX-License-Identifier: Apache-2.0
// The modules that a sentence-transformers folder lists in modules.json behind its Transformer: each reads what the
// ones before it made and adds to it. One file in import/sentence_modules registers one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "import/blocks/model_builder.h"

namespace anemone {

// What flows from module to module.
struct Sentences {
  ModelBuilder& model;
  ValueId mask;                             // int32 (B, S): 1, and 0 for padding
  bool pads_left = false;                   // where the tokenizer puts padding
  std::map<std::string, ValueId> features;  // "token_embeddings" (B, S, channels), "sentence_embedding" (B, channels)

  // Error naming the module's file when nothing before it made this.
  ValueId feature(const std::string& name, const Config& module) const;
};

struct SentenceModule {
  std::string type;      // the last part of the class's name: "Pooling"
  bool weights = false;  // whether its folder holds any
  // `config` is the module's own config.json, empty when there is none; tensors have the path of `place`.
  std::function<void(Sentences& sentences, const Module& place, const Config& config)> build;
};

class SentenceModuleTable {
 public:
  void add(SentenceModule module) { modules_.push_back(std::move(module)); }
  const SentenceModule* find(const std::string& type) const;
  std::vector<std::string> types() const;

 private:
  std::vector<SentenceModule> modules_;
};

const SentenceModuleTable& sentence_module_table();
void register_all_sentence_module(SentenceModuleTable& table);

}  // namespace anemone
