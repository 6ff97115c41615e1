// SPDX-License-Identifier: Apache-2.0
// Pieces of the verifier: types, state versions, the description, compressed constants, one function. All throw Error
// with the broken rule; whoever calls adds the op and the function.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/op_definition.h"
#include "ir/program.h"
#include "ir/verify.h"

namespace anemone {

// Dimensions that can be, element counts below 2^40, states of fixed float16 tensors from CoreML8.
void check_type(const Type& type, int opset);
// Members of lists, tuples and dictionaries have the number and the types that the constant's own type says.
void check_constant(const Constant& constant, int opset);

// The description against the function's signature (coreml_format: InterfaceValidators.cpp, backend/mil/load.py).
void check_interface(const Function& function, const std::vector<const Output*>& outputs);

// Which version of a state is the newest at each place of the program. A version is stale after the next write.
class StateVersions {
 public:
  void declare(const Output& input);  // of the function: a state's first version
  void use(const Output& value) const;

  using Newest = std::unordered_map<ValueId, ValueId>;  // first version -> newest, 0 when none may be used
  const Newest& newest() const { return newest_; }
  // A nested block starts where its op stands, and ends there.
  void enter(const Newest& at) { newest_ = at; }
  // Makes `value` the newest version of the state that `source` is a version of.
  void continue_as(ValueId source, ValueId value);
  // After an op with blocks: states that a block wrote have no newest version unless continue_as gives one.
  void leave(const Newest& before, const std::vector<Newest>& after_blocks);
  bool same_state(ValueId a, ValueId b) const;

 private:
  ValueId root(ValueId value) const;

  std::unordered_map<ValueId, ValueId> roots_;
  Newest newest_;
};

class FunctionVerifier {
 public:
  FunctionVerifier(const Function& function, const OpTable& table, const VerifyOptions& options)
      : function_(function), table_(table), options_(options) {}
  void run();

 private:
  struct Value {
    const Output* output = nullptr;
    const Constant* constant = nullptr;  // of a const op
    bool compile_time = false;           // made by const or constexpr_*
    bool visible = true;
    std::optional<Tensor> known;  // a small constant in compute form, once somebody asked
  };

  void define(const Output& output, bool compile_time, const Constant* constant);
  void hide(size_t mark);  // what was defined since then
  void block(const Block& block, int depth);
  void op(const Op& op, int depth);
  void arguments(const Op& op);
  void const_op(const Op& op);
  void results(const Op& op, const OpDefinition& definition);
  void constness(const Op& op, const Signature& signature) const;
  void nested(const Op& op, int depth);
  void while_loop_inputs(const Op& op, const Argument& vars) const;
  void while_loop_results(const Op& op, const Argument& vars, const std::vector<std::vector<const Output*>>& results);
  void cond_results(const Op& op, const std::vector<std::vector<const Output*>>& results);
  void decompress(const Op& op, const OpDefinition& definition);

  const Output& output_of(ValueId value) const;
  const Type& type_of(const Operand& operand) const;
  const Constant* literal(const Operand& operand) const;
  const Tensor* known(const Operand& operand);
  bool compile_time(const Operand& operand) const;

  const Function& function_;
  const OpTable& table_;
  const VerifyOptions& options_;
  std::unordered_map<ValueId, Value> values_;
  std::unordered_set<std::string_view> names_;  // visible ones
  std::vector<const Output*> defined_;          // visible values in order
  StateVersions states_;
  std::deque<Tensor> literals_;                       // of the op at hand
  std::unordered_set<ValueId> compressed_operands_;   // values that constexpr ops read
  std::unordered_map<ValueId, Tensor> decompressed_;  // those of them that constexpr ops make
};

}  // namespace anemone
