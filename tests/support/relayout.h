// SPDX-License-Identifier: Apache-2.0
// The same program in another layout: ops compute with their axes in another order, linear layers are 1x1 convolutions
// over (B, C, 1, S), and transposes stand where two orders meet. Results are the same up to rounding.
#pragma once

#include <map>
#include <optional>
#include <random>

#include "ir/program.h"

namespace anemone::test {

// What is left of the names that ops had.
enum class Names : uint8_t { kKept, kOrigin, kNone };

struct Relaid {
  Function function;
  std::map<std::string, std::string> names;  // of ops: before -> after
};

// Nothing when the function has blocks inside.
std::optional<Relaid> relaid(const Function& function, Names names, std::mt19937& random);

}  // namespace anemone::test
