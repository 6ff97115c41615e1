// SPDX-License-Identifier: Apache-2.0
// Reading the arguments of an op.
#include "base/error.h"
#include "base/strings.h"
#include "ir/op_definition.h"

namespace anemone {

size_t Arguments::count(std::string_view name) const {
  const auto found = bound_.find(name);
  return found == bound_.end() ? 0 : found->second.types.size();
}

const Arguments::Bound& Arguments::bound(std::string_view name) const {
  const auto found = bound_.find(name);
  if (found == bound_.end()) fail("argument {} is missing", name);
  return found->second;
}

const Type& Arguments::type(std::string_view name, size_t index) const {
  const Bound& found = bound(name);
  CHECK(index < found.types.size());
  return found.types[index];
}

const Tensor* Arguments::known(std::string_view name, size_t index) const {
  const auto found = bound_.find(name);
  return found == bound_.end() || index >= found->second.values.size() ? nullptr : found->second.values[index];
}

const Tensor& Arguments::tensor(std::string_view name, size_t index) const {
  const Bound& found = bound(name);
  if (index >= found.values.size() || !found.values[index]) fail("the value of {} is not known", name);
  return *found.values[index];
}

const std::string& Arguments::default_text(std::string_view name) const {
  const Parameter* parameter = signature_.find(name);
  if (!parameter || !parameter->default_text) fail("argument {} is missing", name);
  return *parameter->default_text;
}

int64_t Arguments::integer(std::string_view name) const {
  if (!has(name)) return parse_int(default_text(name)).value_or(0);
  const auto values = to_integers(tensor(name));
  if (values.size() != 1) fail("{} must be one number, not {}", name, values.size());
  return values[0];
}

std::vector<int64_t> Arguments::integers(std::string_view name) const { return to_integers(tensor(name)); }

std::optional<std::vector<int64_t>> Arguments::known_integers(std::string_view name) const {
  const Tensor* value = known(name);
  if (!value) return std::nullopt;
  return to_integers(*value);
}

double Arguments::number(std::string_view name) const {
  if (!has(name)) return parse_double(default_text(name)).value_or(0);
  const auto values = to_doubles(tensor(name));
  if (values.size() != 1) fail("{} must be one number, not {}", name, values.size());
  return values[0];
}

bool Arguments::flag(std::string_view name) const {
  if (!has(name)) return default_text(name) == "true";
  return number(name) != 0;
}

std::vector<bool> Arguments::flags(std::string_view name) const {
  std::vector<bool> values;
  for (const int64_t value : integers(name)) values.push_back(value != 0);
  return values;
}

std::string Arguments::text(std::string_view name) const {
  if (!has(name)) return default_text(name);
  const auto& strings = literal(name).strings();
  if (strings.size() != 1) fail("{} must be one string", name);
  return strings[0];
}

int Arguments::axis(std::string_view name, int rank) const { return normalized_axis(integer(name), rank); }

std::vector<int> Arguments::axes(std::string_view name, int rank) const {
  std::vector<int> result;
  for (const int64_t axis_value : integers(name)) result.push_back(normalized_axis(axis_value, rank));
  return result;
}

const Constant& Arguments::literal(std::string_view name, size_t index) const {
  const Bound& found = bound(name);
  if (index >= found.constants.size() || !found.constants[index]) fail("{} must be a constant", name);
  return *found.constants[index];
}

const Constant* Arguments::constant(std::string_view name, size_t index) const {
  const auto found = bound_.find(name);
  return found == bound_.end() || index >= found->second.constants.size() ? nullptr : found->second.constants[index];
}

int normalized_axis(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) fail("axis {} is out of range for rank {}", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace anemone
