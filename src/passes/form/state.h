// SPDX-License-Identifier: Apache-2.0
// What is known while a function is written anew: its values so far, and the builder of the new ops.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/axes.h"
#include "ir/builder.h"
#include "ir/graph.h"
#include "passes/form/convert.h"
#include "passes/form/layout.h"
#include "passes/pass.h"

namespace anemone::form {

// A product with a constant that nobody has needed yet. Slices of its result cut the weight instead, and whoever needs
// it first says where the positions lie.
struct Projection {
  Value x;
  std::vector<Factor> batch, inner, rest;  // factors of x: on axis 0, summed over, and all others in order
  std::vector<Factor> out;                 // factors of the result that come from the weight
  std::vector<Factor> kept;                // factors of the result, one for each of batch and rest
  std::optional<Constant> weight;          // [out, inner]
  const Op* packed = nullptr;              // or the op that makes it: then it is taken as it is
  std::optional<Constant> bias;
  std::string name, provenance;
  bool keeps_positions = false;  // every position factor has an axis of its own, as in an image
};

struct State {
  State(const Graph& g, const OpTable& t) : graph(g), table(t), builder(t, g) {}

  const Graph& graph;
  const OpTable& table;
  AttentionMode attention = AttentionMode::kSplitEinsum;
  Builder builder;
  std::unordered_map<ValueId, Value> values;
  std::unordered_map<ValueId, ValueId> opaque;        // values without axes: states, lists
  std::map<const Elements*, Projection> projections;  // not made yet
  // Values that turned out to be needed in another layout than the program has them in; another run makes them so at
  // once, that what follows can keep to it. Layouts name factors as make_value() numbers them.
  std::map<ValueId, Layout> eager, demanded;
  std::set<ValueId> inside_norm;                        // values between the two reshapes of a norm
  std::unordered_map<const Elements*, ValueId> origin;  // the old value that came first
  // Sizes of queries and keys: axes that products of two activations do not run over all alike. A position of another
  // size is a batch, wherever the program has it.
  std::set<int64_t> sequence_sizes;
  int made_projections = 0;
  int made_contractions = 0;

  Value value(const Operand& operand);
  // The operand as the old function has it.
  Operand plain(const Operand& operand);
  // The tensors of a value, made now if need be. `anew`: even the program's own layout is a demand.
  std::vector<ValueId> pieces(const Value& value, const Layout& asked, const std::string& name, bool anew = false);
  // The layout in which a value is there already, or would best be made.
  Layout preferred(const Value& value);
  void make(const Value& value, const Layout& asked);  // a projection

  // Takes over what an op made.
  void store(const Output& output, Value value, Layout layout, std::vector<ValueId> pieces);
};

std::set<int64_t> sequence_sizes_of(const Graph& graph, const OpTable& table);

// Whether the layout is the one in which the program has the value.
bool is_own(const Value& value, const Layout& layout);

// Each writes the op anew when it can; false leaves it to the next. They throw Error when a layout cannot be made.
bool lower_view(State& state, const Op& op);
bool lower_bias(State& state, const Op& op, const AxesStatement& axes);
bool lower_slice_of_projection(State& state, const Op& op, const AxesStatement& axes);
bool lower_contraction(State& state, const Op& op, const AxesStatement& axes);
bool lower_along(State& state, const Op& op, const AxesStatement& axes);

}  // namespace anemone::form
