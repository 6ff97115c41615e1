// SPDX-License-Identifier: Apache-2.0
// Small programs with attention, written down as people and converters write it. Their scores have a standard deviation
// of about 2.5 before masks, so that softmax neither averages nor picks, and their masks hide what would matter. Made
// without a look at what the rewriter recognises: keep it so.
#pragma once

#include <string>
#include <vector>

#include "attention_choices.h"
#include "runtime/executable.h"

namespace anemone::test {

struct AttentionGraph {
  Program program;
  TensorMap inputs;                 // of one call, in compute form
  std::vector<std::string> scores;  // values that hold scaled scores without bias and masks; none when fused
};

AttentionGraph make_attention(const AttentionChoices& choices);

}  // namespace anemone::test
