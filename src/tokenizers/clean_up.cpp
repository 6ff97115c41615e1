// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/clean_up.h"

#include <string_view>
#include <utility>

#include "tokenizers/replacement.h"

namespace anemone {
namespace {

constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
    {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
    {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

}  // namespace

std::string clean_up_spaces(std::string text) {
  for (const auto& [from, to] : kReplacements) text = replace_all(text, from, to);
  return text;
}

}  // namespace anemone
