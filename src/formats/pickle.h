// SPDX-License-Identifier: Apache-2.0
// Python's pickle format as data (docs.python.org/3/library/pickletools.html, protocols 2 to 5). Nothing is ever
// called: names of classes and functions must be among those that the caller knows, any other is refused by name;
// calling one gives a value that says which one and with what. Values refer to each other by number, may be shared and
// may form circles. Texts point into the bytes that were read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace anemone {

class Pickle {
 public:
  using Ref = uint32_t;
  enum class Kind : uint8_t {
    kNone,
    kBool,        // integer
    kInteger,     // integer; wider than 64 bits: text, little-endian bytes
    kFloat,       // number
    kText,        // text
    kBytes,       // text
    kTuple,       // items
    kList,        // items
    kSet,         // items
    kDict,        // items: key, value, key, value ...; also OrderedDict
    kGlobal,      // text: "module.name", as the caller's list spells it
    kCall,        // items: what was called, its arguments as a tuple
    kPersistent,  // items: the id of something that is stored outside
  };
  struct Value {
    Kind kind = Kind::kNone;
    int64_t integer = 0;
    double number = 0;
    std::string_view text;
    std::vector<Ref> items;
  };

  // Reads one pickle from the start of `bytes`; size() tells where it ends. `known` must outlive the result.
  static Pickle read(std::span<const std::byte> bytes, std::span<const std::string_view> known);

  Ref root() const { return root_; }
  const Value& operator[](Ref ref) const { return values_[ref]; }
  size_t size() const { return size_; }
  size_t value_count() const { return values_.size(); }
  // The value of a text key of a dictionary, or null; of several, the last.
  const Value* find(const Value& dict, std::string_view key) const;

 private:
  friend class PickleReader;
  std::vector<Value> values_;
  Ref root_ = 0;
  size_t size_ = 0;
};

}  // namespace anemone
