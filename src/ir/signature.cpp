// SPDX-License-Identifier: Apache-2.0
// The notation of signatures, and the table that holds definitions.
#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "ir/op_definition.h"

namespace anemone {
namespace {

std::vector<DType> parse_types(std::string_view text, std::string_view parameter) {
  std::vector<DType> types;
  if (text == "any") return types;
  for (const std::string& name : split(text, '|')) {
    const auto type = dtype_from_name(name);
    if (!type) fail("parameter {}: {} is not an element type", parameter, name);
    types.push_back(*type);
  }
  return types;
}

void parse_domain(Parameter& parameter, std::string_view types, const std::vector<Parameter>& before) {
  const size_t equals = types.find('=');
  if (equals != std::string_view::npos) {
    parameter.domain = std::string(types.substr(0, equals));
    parameter.types = parse_types(types.substr(equals + 1), parameter.name);
    return;
  }
  for (const Parameter& other : before)
    if (!other.domain.empty() && other.domain == types) {
      parameter.domain = other.domain;
      parameter.types = other.types;
      return;
    }
  parameter.types = parse_types(types, parameter.name);
}

Parameter parse_parameter(std::string_view text, const std::vector<Parameter>& before) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) fail("parameter without a type: {}", text);
  Parameter parameter;
  parameter.name = std::string(trim(text.substr(0, colon)));
  std::string_view rest = trim(text.substr(colon + 1));
  const size_t space = rest.find(' ');
  parse_domain(parameter, rest.substr(0, space), before);
  rest = space == std::string_view::npos ? std::string_view() : trim(rest.substr(space));
  const size_t equals = rest.find('=');
  if (equals != std::string_view::npos) {
    parameter.default_text = std::string(trim(rest.substr(equals + 1)));
    parameter.optional = true;
    rest = trim(rest.substr(0, equals));
  }
  for (const std::string& word : split(rest, ' ')) {
    if (word == "const")
      parameter.is_const = true;
    else if (word == "list")
      parameter.is_list = true;
    else if (word == "?")
      parameter.optional = true;
    else if (!word.empty())
      fail("parameter {}: unexpected word {}", parameter.name, word);
  }
  return parameter;
}

}  // namespace

const Parameter* Signature::find(std::string_view name) const {
  for (const Parameter& parameter : parameters)
    if (parameter.name == name) return &parameter;
  return nullptr;
}

Signature signature(int opset, std::string_view text) {
  Signature result;
  result.opset = opset;
  if (trim(text).empty()) return result;
  for (const std::string& part : split(text, ','))
    result.parameters.push_back(parse_parameter(trim(part), result.parameters));
  return result;
}

const Signature* OpDefinition::signature(int opset) const {
  const Signature* newest = nullptr;
  for (const Signature& candidate : signatures)
    if (candidate.opset <= opset) newest = &candidate;
  return newest;
}

void OpTable::add(OpDefinition definition) {
  CHECK(!definition.signatures.empty() && definition.infer);
  CHECK(std::is_sorted(definition.signatures.begin(), definition.signatures.end(),
                       [](const Signature& a, const Signature& b) { return a.opset < b.opset; }));
  const std::string name = definition.name;
  if (!definitions_.emplace(name, std::move(definition)).second)
    throw std::logic_error("two definitions of op " + name);
}

const OpDefinition* OpTable::find(std::string_view name) const {
  const auto found = definitions_.find(name);
  return found == definitions_.end() ? nullptr : &found->second;
}

std::vector<std::string> OpTable::names() const {
  std::vector<std::string> all;
  for (const auto& entry : definitions_) all.push_back(entry.first);
  return all;
}

}  // namespace anemone
