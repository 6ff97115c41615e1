// SPDX-License-Identifier: Apache-2.0
// Where the constant masks of attentions come from: a constant of the program, an input, or made in the graph from the
// number of tokens that count. Callers see another input, which is why no pass does this unasked.
#pragma once

#include <string>
#include <utility>

#include "ir/program.h"

namespace anemone {

enum class MaskSource : uint8_t {
  kConstant,  // as it is
  kInput,     // an input "qk_mask" of the mask's shape, added to the scores: 0 or a large negative number
  kGraph,     // an input "length": keys from there on are hidden as well, and the mask is compared into being
};
MaskSource mask_source_from(const std::string& name);  // "constant", "input", "graph"; Error naming --mask

// Of the default function, whose shapes must be fixed for kGraph. Throws Error when it has no constant mask of queries
// and keys, or several different ones.
Program with_mask_from(const Program& program, MaskSource source);
// The input that the result has besides, and the value of it with which results are those of the given program.
std::pair<std::string, Tensor> mask_input(const Program& program, MaskSource source);

}  // namespace anemone
