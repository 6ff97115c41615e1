// SPDX-License-Identifier: Apache-2.0
// The long lists of a tokenizer.json, read without a tree of JSON values: they are cut out of the document and scanned
// where they lie. What is accepted is strict JSON, in the shapes that vocabularies and merges have.
#pragma once

#include <string>
#include <string_view>

#include "tokenizers/model_source.h"

namespace anemone {

// A document without the members "vocab" and "merges" of its "model", which are apart; empty where it has none.
struct CutDocument {
  std::string rest;
  std::string_view vocab;
  std::string_view merges;
};
CutDocument cut_model_lists(std::string_view document);

// {"token": id, ...} or [["token", score], ...], where the place is the id. Throws Error naming what is wrong.
TokenList read_token_list(std::string_view json);
// ["left right", ...] or [["left", "right"], ...].
MergeList read_merge_list(std::string_view json);

}  // namespace anemone
