// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/axes.h"

#include <algorithm>

namespace anemone {

AxesStatement along_axis(const Arguments& args, int axis, const std::string& name, size_t outputs) {
  AxesStatement statement;
  const std::string letters = axis_letters(args.type("x").rank());
  const char letter = letters[static_cast<size_t>(axis)];
  statement.operands = {{"x", 0, letters}};
  statement.outputs.assign(outputs, letters);
  statement.along = letter;
  statement.arguments = [letter, name](const AxisOf& axis_of, int) -> std::vector<Arg> {
    return {{name, axis_of(letter)}};
  };
  return statement;
}

AxesStatement reducing(const Arguments& args, const std::vector<int>& axes, bool keep_dims) {
  AxesStatement statement;
  const std::string letters = axis_letters(args.type("x").rank());
  statement.operands = {{"x", 0, letters}};
  for (const int axis : axes) statement.along += letters[static_cast<size_t>(axis)];
  std::string kept;
  for (const char letter : letters)
    if (keep_dims || statement.along.find(letter) == std::string::npos) kept += letter;
  statement.outputs = {kept};
  statement.arguments = [along = statement.along](const AxisOf& axis_of, int) -> std::vector<Arg> {
    std::vector<int32_t> now;
    for (const char letter : along) now.push_back(axis_of(letter));
    std::sort(now.begin(), now.end());
    return {{"axes", now}, {"keep_dims", true}};
  };
  return statement;
}

}  // namespace anemone
