// SPDX-License-Identifier: Apache-2.0
// One of two programs that are searched for where they part: its ops, the values that they gave for the same inputs,
// and which values of the other side equal them.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/graph.h"
#include "tune/verify/capture.h"
#include "tune/verify/layout.h"

namespace anemone {

// A value that an op takes and that is not constant. State versions stand for what was written into them.
struct Slot {
  std::string argument;
  size_t index = 0;
  ValueId value = kNoValue;
};

class Side {
 public:
  // Values as float32; those that are not kept in the program are ignored.
  Side(const Function& function, Values values);

  const Function& function() const { return graph_.function(); }
  const Graph& graph() const { return graph_; }
  const std::vector<const Op*>& ops() const { return ops_; }
  const Op* producer(ValueId value) const;                       // that executes; nullptr for inputs and constants
  const Tensor* value(ValueId value) const;                      // nullptr when it has none
  void put_away(ValueId value) const { kept_.put_away(value); }  // it was looked at for now
  double scale(ValueId value) const { return scales_.at(value); }
  const std::vector<ValueId>& values() const { return ids_; }
  int order(const Op& op) const { return order_.at(op.id()); }
  int index(const Op& op) const { return index_.at(op.id()); }  // among all ops that execute, nested ones too
  std::vector<Slot> slots(const Op& op) const;

  // Constants of an op as marks that do not depend on layout: element count and moments.
  const std::string& constant_mark(const Op& op) const { return marks(op).all; }
  // That of the largest, under whatever name, when it has at least so many elements that it says which layer this is.
  const std::string& weight_mark(const Op& op) const { return marks(op).weight; }

  // The op of this side that is called like one of the other.
  enum class NameKind : uint8_t { kOutput, kOp, kOrigin };
  const Op* by_name(const Op& other, NameKind kind) const;

 private:
  struct Marks {
    std::string all;
    std::string weight;
  };
  const Marks& marks(const Op& op) const;

  Graph graph_;
  std::vector<const Op*> ops_;
  Values kept_;
  std::vector<ValueId> ids_;
  std::unordered_map<ValueId, Tensor> values_;
  std::unordered_map<ValueId, double> scales_;
  std::unordered_map<ValueId, int> order_;
  std::unordered_map<ValueId, int> index_;
  std::map<std::string, const Op*> names_;
  std::map<std::string, const Op*> output_names_;
  std::map<std::string, std::vector<const Op*>> origins_;
  mutable std::unordered_map<ValueId, Marks> marks_;
};

// Whether an op only moves elements: its results hold nothing that its first argument does not.
bool is_movement(const Op& op);

// "PATH" of a provenance "PATH|pass|pass".
std::string origin_of(const Op& op);

}  // namespace anemone
