// SPDX-License-Identifier: Apache-2.0
#include "compress/method.h"

namespace anemone {

void register_all_method(MethodTable& table);

const Method* MethodTable::find(const std::string& name) const {
  const auto found = methods_.find(name);
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string> MethodTable::names() const {
  std::vector<std::string> result;
  for (const auto& entry : methods_) result.push_back(entry.first);
  return result;
}

const MethodTable& method_table() {
  static const MethodTable table = [] {
    MethodTable made;
    register_all_method(made);
    return made;
  }();
  return table;
}

}  // namespace anemone
