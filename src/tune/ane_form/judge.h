// SPDX-License-Identifier: Apache-2.0
// Is a function in the form that the Neural Engine likes? Judged from its ops alone.
//
// A projection is conv, conv_transpose, linear, matmul or einsum with a constant operand of two axes or more. The trunk
// is every op on a path between two projections of at least 1024 weights (64 when fewer than two are that large), both
// included: embeddings, masks being built, the last changes of axes before an output are outside it. An attention is
// the set of softmaxes between two contractions of activations that feed the same next projection. The form asks:
//  - no linear, no matmul or einsum with weights, no fused attention, no convolution wider than a limit;
//  - one head for each softmax, on (B, keys, 1, queries); one change of axes for an attention, on its way from the
//    projections to the next one; at most one transpose in the trunk for each attention;
//  - no reshape in the trunk but folds of images (two for each attention) and pairs around norms of split channels;
//  - floats of the trunk in (B,C,1,S), or images; rank 5 at most anywhere;
//  - no int32 arithmetic and nothing that the engine lacks in the trunk, no loops; gathers with indices from outside
//    behind the last attention only;
//  - no infinite or huge constants where masks are made.
// With fewer than 32 queries the last axis may be another, longer one, and reshapes that make it so are allowed, four
// for each attention.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "ir/program.h"

namespace anemone {

struct AttentionForm {
  int softmaxes = 0;
  double heads_per_softmax = 0;  // the most
  int key_axis = 0;
  std::vector<int64_t> shape;  // of scores; -1 where a size is not known
  int64_t queries = 0;
  std::vector<std::string> equations;
  int axis_changes = 0;
  std::map<std::string, int> by_way;  // changes of axes on the ways of q, k, v, scores and the result
  std::string first;                  // name of its first softmax
};

struct AneForm {
  std::vector<std::string> reasons;  // why it is not in the form; empty: it is
  int ops = 0;                       // that execute
  int trunk_ops = 0;
  int linear = 0;
  int matmul_with_weights = 0;
  int fused_attention = 0;
  int wide_convolutions = 0;
  std::vector<AttentionForm> attentions;
  int reshape_in_trunk = 0;  // that have no excuse
  int folds = 0;
  int norm_reshapes = 0;
  int short_reshapes = 0;
  int transposes_in_trunk = 0;
  int transposes = 0;
  double trunk_form_share = 1;  // of the trunk's float values that lie as the form asks
  bool short_sequence = false;
  int max_rank = 0;
  int int32_ops_inside = 0;
  int bool_ops_inside = 0;
  int infinite_masks = 0;
  int runtime_gathers = 0;
  std::map<std::string, int> never_on_ane;
  int64_t bytes = 0;         // of all results
  int64_t padded_bytes = 0;  // with the last axis padded to 64 bytes

  bool holds() const { return reasons.empty(); }
};

// The default function when the name is empty.
AneForm judge_ane_form(const Program& program, const std::string& function = "", int64_t max_width = 16384);
Json ane_form_json(const AneForm& form);
std::string ane_form_text(const AneForm& form);

}  // namespace anemone
