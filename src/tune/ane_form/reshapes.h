// SPDX-License-Identifier: Apache-2.0
// What the reshapes of the trunk are for, and which values are images.
#pragma once

#include <set>

#include "tune/ane_form/form_graph.h"

namespace anemone {

struct SortedReshapes {
  OpSet fold;         // (B,C,H,W) <-> (B,C,1,H*W)
  OpSet norm;         // pairs that split the channels of a norm and join them again
  OpSet last_axis;    // rank 4 to rank 4 with another last axis, one of them short
  OpSet rest;         // what the form excludes
  OpSet inside_norm;  // ops between the two of a norm, any layout is allowed there
};

SortedReshapes sort_reshapes(const FormGraph& graph, const OpSet& trunk);

// (B,C,H,W) values: results of spatial ops, what keeps their axes, and reshapes back to their shape.
std::set<ValueId> image_values(const FormGraph& graph);

}  // namespace anemone
