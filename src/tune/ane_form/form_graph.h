// SPDX-License-Identifier: Apache-2.0
// The outermost ops of a function as the judge of the Neural Engine form sees them: who feeds whom (through states
// too), what is constant, how large the weights of a product are, which letters the axes of a contraction have.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "tune/ane_form/op_set.h"

namespace anemone {

inline constexpr int64_t kUnknownSize = -1;

class FormGraph {
 public:
  explicit FormGraph(const Function& function);

  int count() const { return static_cast<int>(ops_.size()); }
  const Op& op(int index) const { return *ops_[static_cast<size_t>(index)]; }
  const std::string& type(int index) const { return op(index).type; }
  const std::string& name(int index) const { return op(index).outputs[0].name; }
  OpSet none() const { return OpSet(count()); }
  OpSet where(const std::function<bool(int)>& is) const;
  int nested() const { return nested_; }  // executed ops inside blocks of these ops
  int64_t batch() const { return batch_; }

  std::optional<int> maker(ValueId value) const;        // the op that makes a value
  ValueId argument(int index, std::string_view) const;  // kNoValue when it is absent, a literal or a list
  std::vector<ValueId> operands(int index) const;       // both of a contraction
  std::vector<ValueId> inputs(int index) const;         // all values, those that its blocks read too
  bool is_constant(ValueId value) const { return constant_.count(value) > 0; }
  const Constant* literal(int index, std::string_view argument) const;
  const Type* tensor(ValueId value) const;         // nullptr when it is no tensor
  std::vector<int64_t> dims(ValueId value) const;  // kUnknownSize where it is not known; empty when no tensor
  std::vector<int64_t> dims(int index) const { return dims(op(index).id()); }
  int64_t elements(ValueId value) const;  // unknown sizes count once

  const std::vector<int>& before(int index) const { return before_[static_cast<size_t>(index)]; }
  const std::vector<int>& after(int index) const { return after_[static_cast<size_t>(index)]; }
  enum class Way : uint8_t { kBefore, kAfter };
  using Stop = std::function<bool(int)>;
  // Ops that are reached from `start`; where `stop` says so they are reached and not passed.
  OpSet spread(const std::vector<int>& start, Way way, const Stop& stop = {}, const OpSet* within = nullptr) const;

  // Elements of the constant operand of a product, 0 when it has none with two axes or more.
  int64_t weights(int index) const;
  bool is_contraction(int index) const;  // matmul or einsum
  // The letters of both operands and of the result of a contraction.
  std::array<std::string, 3> letters(int index) const;
  // Product of the axes that a contraction carries through from both operands.
  int64_t batch_size(int index) const;

 private:
  void add(const Op& op);

  const Function& function_;
  Graph graph_;
  std::vector<const Op*> ops_;
  std::vector<std::vector<int>> before_;
  std::vector<std::vector<int>> after_;
  std::set<ValueId> constant_;
  std::map<ValueId, int> made_;
  int nested_ = 0;
  int64_t batch_ = 1;
};

bool changes_axes(const std::string& type);  // transpose, expand_dims, squeeze and reshapes
bool reshapes(const std::string& type);

}  // namespace anemone
