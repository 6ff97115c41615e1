// SPDX-License-Identifier: Apache-2.0
#include "base/similar.h"

#include <algorithm>
#include <utility>

namespace anemone {
namespace {

constexpr size_t kLongestName = 256;
constexpr size_t kMostNames = 20'000;

// How many letters to insert, remove or change.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> similar_names(std::string_view name, const std::vector<std::string>& names, size_t count) {
  std::vector<std::pair<size_t, std::string>> ranked;
  for (size_t i = 0; i < std::min(names.size(), kMostNames) && name.size() <= kLongestName; ++i) {
    if (names[i].size() > kLongestName) continue;
    const size_t apart = distance(name, names[i]);
    if (2 * apart < std::max(name.size(), names[i].size())) ranked.emplace_back(apart, names[i]);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> similar;
  for (size_t i = 0; i < std::min(count, ranked.size()); ++i) similar.push_back(std::move(ranked[i].second));
  return similar;
}

}  // namespace anemone
