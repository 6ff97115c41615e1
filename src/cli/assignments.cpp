// SPDX-License-Identifier: Apache-2.0
#include "cli/assignments.h"

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

ConcreteShape shape_of(const std::string& text) {
  ConcreteShape shape;
  for (const std::string& part : split(text, ',')) {
    const auto size = parse_int(trim(part));
    if (!size) fail("--shape: {}: expected whole numbers with commas between them", text);
    shape.push_back(*size);
  }
  return shape;
}

}  // namespace

std::pair<std::string, std::string> assignment(const std::string& flag, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
    fail("{}: {}: expected NAME=VALUE", flag, text);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::map<std::string, ConcreteShape> shapes_from(const std::vector<std::string>& texts) {
  std::map<std::string, ConcreteShape> shapes;
  for (const std::string& text : texts) {
    const auto [name, shape] = assignment("--shape", text);
    if (!shapes.emplace(name, shape_of(shape)).second) fail("--shape: {} is given twice", name);
  }
  return shapes;
}

}  // namespace anemone
