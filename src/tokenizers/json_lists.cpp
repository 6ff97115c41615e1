// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/json_lists.h"

#include "base/strings.h"
#include "tokenizers/json_scanner.h"

namespace anemone {
namespace {

// Calls `member` with the name, and the scanner before the value, for each member of the object that comes next.
template <typename Member>
void for_each_member(JsonScanner& scanner, Member member) {
  scanner.expect('{');
  if (scanner.accept('}')) return;
  do {
    const std::string name(scanner.string());
    scanner.expect(':');
    member(name);
  } while (scanner.accept(','));
  scanner.expect('}');
}

template <typename Element>
void for_each_element(JsonScanner& scanner, Element element) {
  scanner.expect('[');
  if (scanner.accept(']')) return;
  do element();
  while (scanner.accept(','));
  scanner.expect(']');
}

TokenId read_id(JsonScanner& scanner, std::string_view token) {
  constexpr TokenId kLast = std::numeric_limits<TokenId>::max();
  const std::string_view text = scanner.skip_value();
  const auto id = parse_int(text);
  if (!id || *id < 0 || *id > kLast) {
    const bool is_number = text.size() < 40 && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    fail("{} is {}: expected a whole number from 0 to {}", quote_name(token), is_number ? text : "no number", kLast);
  }
  return static_cast<TokenId>(*id);
}

void add_merge(JsonScanner& scanner, MergeList& merges) {
  if (!scanner.accept('[')) {
    const std::string_view text = scanner.string();
    const size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      fail("merge {}: expected two tokens", quote_name(text));
    return merges.add(text.substr(0, space), text.substr(space + 1), static_cast<uint32_t>(merges.size()));
  }
  const std::string left(scanner.string());
  scanner.expect(',');
  merges.add(left, scanner.string(), static_cast<uint32_t>(merges.size()));
  scanner.expect(']');
}

}  // namespace

CutDocument cut_model_lists(std::string_view document) {
  CutDocument cut;
  size_t done = 0;
  JsonScanner scanner(document);
  const auto take = [&](std::string_view& list) {
    if (!list.empty()) fail("a list of the model appears twice");
    list = scanner.skip_value();
    const auto begin = static_cast<size_t>(list.data() - document.data());
    cut.rest.append(document, done, begin - done);
    cut.rest += "null";
    done = begin + list.size();
  };
  if (!scanner.comes('{')) return {std::string(document), {}, {}};  // whatever it is, it has no model
  for_each_member(scanner, [&](const std::string& name) {
    if (name != "model" || !scanner.comes('{')) return static_cast<void>(scanner.skip_value());
    for_each_member(scanner, [&](const std::string& key) {
      if (key == "vocab") return take(cut.vocab);
      if (key == "merges") return take(cut.merges);
      scanner.skip_value();
    });
  });
  cut.rest.append(document, done);
  return cut;
}

TokenList read_token_list(std::string_view json) {
  TokenList tokens;
  JsonScanner scanner(json);
  if (scanner.accept('[')) {
    scanner = JsonScanner(json);
    for_each_element(scanner, [&] {
      scanner.expect('[');
      const std::string piece(scanner.string());
      scanner.expect(',');
      tokens.add(piece, static_cast<TokenId>(tokens.size()), scanner.number());
      scanner.expect(']');
    });
  } else {
    for_each_member(scanner, [&](const std::string& token) { tokens.add(token, read_id(scanner, token)); });
  }
  if (!scanner.at_end()) fail("more follows the list of tokens");
  return tokens;
}

MergeList read_merge_list(std::string_view json) {
  MergeList merges;
  JsonScanner scanner(json);
  for_each_element(scanner, [&] { add_merge(scanner, merges); });
  if (!scanner.at_end()) fail("more follows the list of merges");
  return merges;
}

}  // namespace anemone
