// SPDX-License-Identifier: Apache-2.0
// A set of ops of one function, by their index.
#pragma once

#include <algorithm>
#include <vector>

namespace anemone {

class OpSet {
 public:
  OpSet() = default;
  explicit OpSet(int ops) : has_(static_cast<size_t>(ops), 0) {}

  bool has(int op) const { return op >= 0 && op < static_cast<int>(has_.size()) && has_[static_cast<size_t>(op)]; }
  void insert(int op) { has_[static_cast<size_t>(op)] = 1; }
  void erase(int op) { has_[static_cast<size_t>(op)] = 0; }
  int size() const { return static_cast<int>(std::count(has_.begin(), has_.end(), 1)); }
  bool empty() const { return std::find(has_.begin(), has_.end(), 1) == has_.end(); }
  std::vector<int> members() const {
    std::vector<int> result;
    for (size_t op = 0; op < has_.size(); ++op)
      if (has_[op]) result.push_back(static_cast<int>(op));
    return result;
  }

  OpSet& operator|=(const OpSet& other) {
    return merge(other, [](char a, char b) { return char(a | b); });
  }
  OpSet& operator&=(const OpSet& other) {
    return merge(other, [](char a, char b) { return char(a & b); });
  }
  OpSet& operator-=(const OpSet& other) {
    return merge(other, [](char a, char b) { return char(a & !b); });
  }
  friend OpSet operator|(OpSet a, const OpSet& b) { return a |= b; }
  friend OpSet operator&(OpSet a, const OpSet& b) { return a &= b; }
  friend OpSet operator-(OpSet a, const OpSet& b) { return a -= b; }

 private:
  template <typename F>
  OpSet& merge(const OpSet& other, F&& f) {
    for (size_t op = 0; op < has_.size(); ++op) has_[op] = f(has_[op], op < other.has_.size() ? other.has_[op] : 0);
    return *this;
  }

  std::vector<char> has_;
};

}  // namespace anemone
