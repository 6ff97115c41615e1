// SPDX-License-Identifier: Apache-2.0
// A finished draft as constexpr ops: the one place that knows which op holds what in which opset. Ops that have no form
// for a draft in its opset are an Error: methods say what they need beforehand.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "compress/draft.h"
#include "ir/builder.h"

namespace anemone {

// The result of an op before.
struct EncodedResult {
  size_t op = 0;
  size_t output = 0;
};

struct EncodedArgument {
  std::string name;
  std::variant<Constant, EncodedResult> value;
};

struct EncodedOp {
  std::string type;
  std::vector<EncodedArgument> arguments;
};

// Ops in order; the first output of the last one is the weight.
struct Encoded {
  std::vector<EncodedOp> ops;
  int64_t bytes = 0;  // of all literals
};

// `keep` makes a constant of a tensor, in memory or elsewhere.
using Keep = std::function<Constant(Tensor)>;
Encoded encode(const Draft& draft, const Keep& keep);

// Adds the ops; the last is called `name`.
ValueId add_encoded(const Encoded& encoded, Builder& builder, const std::string& name);

}  // namespace anemone
