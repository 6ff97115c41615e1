// SPDX-License-Identifier: Apache-2.0
#include "compress/settings.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {

Settings::Settings(Json given, std::string context) : given_(std::move(given)), context_(std::move(context)) {
  if (given_.is_null()) given_ = Json::object();
  if (!given_.is_object()) fail("{}: expected names with values", context_);
}

const Json* Settings::find(const std::string& name) {
  asked_.insert(name);
  const auto found = given_.find(name);
  return found == given_.end() ? nullptr : &*found;
}

void Settings::refuse(const std::string& name, const std::string& expected) const {
  fail("{}: {}: {}: expected {}", context_, name, given_.at(name).dump(), expected);
}

int64_t Settings::integer(const std::string& name, int64_t otherwise, int64_t low, int64_t high) {
  const Json* value = find(name);
  const bool fits = value && value->is_number_integer() && (!value->is_number_unsigned() || *value <= INT64_MAX);
  if (value && (!fits || value->get<int64_t>() < low || value->get<int64_t>() > high))
    refuse(name, fmt::format("a whole number from {} to {}", low, high));
  read_[name] = value ? value->get<int64_t>() : otherwise;
  return read_[name];
}

int64_t Settings::one_of(const std::string& name, int64_t otherwise, const std::vector<int64_t>& choices) {
  const Json* value = find(name);
  const auto fits = [&](int64_t choice) { return *value == choice; };
  if (value && (!value->is_number_integer() || std::none_of(choices.begin(), choices.end(), fits))) {
    std::vector<std::string> names;
    for (const int64_t choice : choices) names.push_back(std::to_string(choice));
    refuse(name, any_of(names));
  }
  read_[name] = value ? value->get<int64_t>() : otherwise;
  return read_[name];
}

double Settings::number(const std::string& name, double otherwise, double low, double high) {
  const Json* value = find(name);
  if (value && (!value->is_number() || !(value->get<double>() >= low) || !(value->get<double>() <= high)))
    refuse(name, fmt::format("a number from {} to {}", shortest(low), shortest(high)));
  read_[name] = value ? value->get<double>() : otherwise;
  return read_[name];
}

bool Settings::flag(const std::string& name, bool otherwise) {
  const Json* value = find(name);
  if (value && !value->is_boolean()) refuse(name, "true or false");
  read_[name] = value ? value->get<bool>() : otherwise;
  return read_[name];
}

std::string Settings::text(const std::string& name, const std::string& otherwise) {
  const Json* value = find(name);
  if (value && !value->is_string()) refuse(name, "text");
  read_[name] = value ? value->get<std::string>() : otherwise;
  return read_[name];
}

std::string Settings::choice(const std::string& name, const std::string& otherwise,
                             const std::vector<std::string>& choices) {
  const std::string value = text(name, otherwise);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) refuse(name, any_of(choices));
  return value;
}

std::vector<std::string> Settings::texts(const std::string& name) {
  const Json* value = find(name);
  if (!value) return {};
  const Json list = value->is_array() ? *value : Json::array({*value});
  std::vector<std::string> result;
  for (const Json& entry : list) {
    if (!entry.is_string()) refuse(name, "text, or a list of texts");
    result.push_back(entry.get<std::string>());
  }
  read_[name] = result;
  return result;
}

Json Settings::value(const std::string& name) {
  const Json* value = find(name);
  return value ? *value : Json();
}

void Settings::finish() const {
  for (const auto& entry : given_.items())
    if (!asked_.count(entry.key()))
      fail("{}: there is no setting {}: expected {}", context_, entry.key(),
           any_of(std::vector<std::string>(asked_.begin(), asked_.end())));
}

}  // namespace anemone
