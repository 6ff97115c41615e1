// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/metaspace.h"

#include "tokenizers/unicode.h"

namespace anemone {
namespace {

PrependScheme parse_scheme(const std::string& name) {
  if (name == "always") return PrependScheme::kAlways;
  if (name == "first") return PrependScheme::kFirst;
  if (name == "never") return PrependScheme::kNever;
  fail("prepend_scheme {}: expected always, first or never", quote_name(name));
}

}  // namespace

MetaspaceOptions::MetaspaceOptions(const Json& json)
    : mark(get_string(json, "replacement", "\u2581")),
      scheme(parse_scheme(get_string(json, "prepend_scheme", "always"))) {
  if (count_code_points(mark) != 1) fail("replacement {}: expected one character", quote_name(mark));
  if (get_bool(json, "add_prefix_space", true)) return;  // the older way to say it
  if (find_field(json, "prepend_scheme") != nullptr && scheme != PrependScheme::kNever)
    fail("add_prefix_space and prepend_scheme contradict each other");
  scheme = PrependScheme::kNever;
}

}  // namespace anemone
