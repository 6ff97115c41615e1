// SPDX-License-Identifier: Apache-2.0
// The factors of an op's operands under common names: a key is one factor of one letter of the op's statement.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "passes/form/state.h"

namespace anemone::form {

using Key = int;

struct Keys {
  struct Use {
    Value value;
    std::map<Key, Factor> factor_of;
    std::map<Factor, Key> key_of;
  };

  // Splits factors until every letter has the same ones in all operands that have it; nothing when they do not align.
  static std::optional<Keys> of(State& state, const Op& op, const AxesStatement& axes);

  std::vector<Dim> sizes;  // of keys
  std::map<char, std::vector<Key>> of_letter;
  std::vector<Use> uses;  // one for each stated operand

  bool has(size_t use, Key key) const { return uses[use].factor_of.count(key) > 0; }
  // The layout in the other's terms; factors without a key stay out.
  Layout to_keys(size_t use, const Layout& layout) const;
  Layout to_factors(size_t use, const Layout& layout) const;  // of the keys that the operand has
  int64_t count(const std::vector<Key>& keys) const;          // positions; their sizes are constant
};

// Which of an operand's tensors belongs to each combination of unrolled keys, when it has only some of them.
std::vector<size_t> spread(const Keys& keys, const std::vector<Key>& unrolled, size_t use);

// A new value whose axes have these letters, made of all keys; along letters of another size get a fresh factor.
struct Fresh {
  Value value;
  std::map<Key, Factor> factor_of;
};
Fresh fresh_value(const Keys& keys, const std::string& letters, const Type& type, const std::string& along);
// `layout` of keys as one of the fresh value's factors.
Layout layout_of(const Fresh& fresh, const Keys& keys, const Layout& layout, const std::string& letters);

}  // namespace anemone::form
