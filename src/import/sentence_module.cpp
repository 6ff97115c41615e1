// SPDX-License-Identifier: Apache-2.0
#include "import/sentence_module.h"

#include "base/error.h"

namespace anemone {

ValueId Sentences::feature(const std::string& name, const Config& module) const {
  const auto found = features.find(name);
  if (found == features.end()) fail("{}: needs {}, which no module before it makes", module.file(), name);
  return found->second;
}

const SentenceModule* SentenceModuleTable::find(const std::string& type) const {
  for (const SentenceModule& module : modules_)
    if (module.type == type) return &module;
  return nullptr;
}

std::vector<std::string> SentenceModuleTable::types() const {
  std::vector<std::string> types;
  for (const SentenceModule& module : modules_) types.push_back(module.type);
  return types;
}

const SentenceModuleTable& sentence_module_table() {
  static const SentenceModuleTable kTable = [] {
    SentenceModuleTable table;
    register_all_sentence_module(table);
    return table;
  }();
  return kTable;
}

}  // namespace anemone
