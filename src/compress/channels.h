// SPDX-License-Identifier: Apache-2.0
// Channels that can be taken out of a function together: the neurons between two products, the heads of an attention.
// Found by how the axes of ops correspond; whatever mixes channels ends the search, and then they stay.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace anemone {

// Unit u is what lies at [u * size, (u + 1) * size) along the axis.
struct ChannelPlace {
  int axis = 0;
  int64_t size = 1;
  friend bool operator==(const ChannelPlace&, const ChannelPlace&) = default;
};

struct Channels {
  int64_t count = 0;                                           // of units
  std::map<ValueId, ChannelPlace> places;                      // values that consist of them, constants too
  std::map<std::pair<ValueId, ValueId>, ChannelPlace> shared;  // op id() and a constant that others use as well
  std::set<ValueId> joins;                                     // id() of concat ops of which each operand is a unit
  std::set<ValueId> splits;  // id() of split ops each result of which serves one unit alone

  std::string obstacle;  // why they cannot be taken out; empty: they can
  int64_t larger = 0;    // with an obstacle: units of so many channels may do
};

// The units of `size` channels along an axis of a value.
Channels trace_channels(const Graph& graph, ValueId value, int axis, int64_t size);

// Channels of which some go.
struct Removal {
  Channels channels;
  std::vector<uint8_t> gone;  // for each unit

  int64_t kept() const;
};

// The function without them, types found anew, and without the ops that nothing needs any longer. No removals share a
// place. Throws Error when an op cannot do without them.
Function without_channels(const Function& function, const Graph& graph, const std::vector<Removal>& removals);

}  // namespace anemone
