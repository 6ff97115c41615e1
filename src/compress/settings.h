// SPDX-License-Identifier: Apache-2.0
// Named values of a recipe as somebody reads them: each is checked, and what nobody asked for is an error. What was
// read, defaults included, is noted, so that a package can say how it was made.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"

namespace anemone {

class Settings {
 public:
  // `given` must be an object; `context` names it in messages.
  Settings(Json given, std::string context);

  bool has(const std::string& name) const { return given_.contains(name); }
  int64_t integer(const std::string& name, int64_t otherwise, int64_t low, int64_t high);
  int64_t one_of(const std::string& name, int64_t otherwise, const std::vector<int64_t>& choices);
  double number(const std::string& name, double otherwise, double low, double high);
  bool flag(const std::string& name, bool otherwise);
  std::string text(const std::string& name, const std::string& otherwise);
  std::string choice(const std::string& name, const std::string& otherwise, const std::vector<std::string>& choices);
  std::vector<std::string> texts(const std::string& name);  // a text or a list of texts; empty when absent
  Json value(const std::string& name);                      // of any kind; null when absent

  void finish() const;  // Error when something was not asked for
  const Json& read() const { return read_; }

 private:
  const Json* find(const std::string& name);
  [[noreturn]] void refuse(const std::string& name, const std::string& expected) const;

  Json given_;
  std::string context_;
  std::set<std::string> asked_;
  Json read_ = Json::object();
};

}  // namespace anemone
