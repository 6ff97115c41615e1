// SPDX-License-Identifier: Apache-2.0
// Softmaxes between two contractions of activations, and the ops on their ways.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tune/ane_form/form_graph.h"

namespace anemone {

struct SoftmaxOfAttention {
  int softmax = 0;
  double heads = 1;  // that it handles together
  int key_axis = 0;
  std::vector<int64_t> shape;
  int64_t queries = 0;  // 99 when it is not known: counts as long
  std::array<std::string, 2> equations;
  std::vector<int> next;  // the projections that it feeds
  // Ops from the projections to the scores, around the softmax, and on to the next projection.
  static constexpr std::array kWays{"q", "k", "v", "scores", "out"};
  std::array<OpSet, kWays.size()> ways;
};

// `projections` are the products with weights; `live` what depends on one.
std::vector<SoftmaxOfAttention> find_attentions(const FormGraph& graph, const OpSet& projections, const OpSet& live);

}  // namespace anemone
