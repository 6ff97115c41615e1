// SPDX-License-Identifier: Apache-2.0
// What is fixed before a function runs on inputs of given shapes: the shapes of all values that follow from them,
// values that can be computed now, the kernel of each step, and where results lie. Steps whose shapes depend on data
// find them out while running.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph.h"
#include "runtime/executable.h"
#include "runtime/kernel.h"
#include "runtime/schedule.h"

namespace anemone {

// Constants and prepared kernels of one function, shared by its plans.
struct Prepared {
  std::unordered_map<ValueId, Tensor> constants;         // values of const and constexpr ops, in compute form
  std::unordered_map<const Constant*, Tensor> literals;  // literal operands
  std::unordered_map<ValueId, std::optional<PreparedKernel>> kernels;  // by op
  // Decompressed weights are kept up to a limit.
  std::unordered_map<ValueId, Tensor> kept;   // in plain form, for ops that read them so
  std::unordered_map<const Op*, bool> keeps;  // whether an op keeps its weights, here or in its kernel
  std::unordered_set<const Op*> fused;        // the last ops of groups that hold their weights
  size_t decompressed = 0;                    // bytes
};

struct Step {
  enum class Kind : uint8_t { kStatic, kFused, kDynamic, kReadState, kWriteState, kBlocks, kNoTensor };

  // kNoTensor: lists and classify, which the executor evaluates itself.
  Kind kind = Kind::kStatic;
  const Op* op = nullptr;  // of a group, the last
  const OpDefinition* definition = nullptr;
  std::optional<Arguments> arguments;                   // static steps: bound to the slots once
  std::function<void(const Arguments&, Results&)> run;  // kernel or reference evaluation
  // Weights that are not kept, to be decompressed for this step alone; with them the kernel is chosen.
  std::vector<ValueId> decompressed;
  std::optional<Arguments> planned;
  std::vector<bool> round;  // per output: declared half and rounding is on
  // Of a group: how it runs, and the slots that it reads and writes.
  FusedRun fused;
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
};

// A value that lies elsewhere in every run, with all that share its memory: an input where the caller has it, a result
// in memory that the caller is given.
struct Lent {
  ValueId id;
  std::vector<ValueId> sharing;
};

struct Plan {
  std::vector<RuntimeValue> slots;  // by ValueId
  std::vector<Type> types;          // by ValueId; of tensors, with the shapes of this plan
  std::vector<Step> steps;
  std::vector<ValueId> copied_inputs;  // function inputs that lie in the arena
  std::vector<Lent> lent_inputs;
  std::vector<Lent> lent_results;
  std::shared_ptr<std::byte> arena;
  size_t arena_size = 0;
};

// The plan for a schedule of the function and these input types (declared element types, concrete shapes). Throws Error
// naming the op that does not fit the shapes.
std::unique_ptr<Plan> make_plan(const Function& function, const Graph& graph,
                                const std::vector<ScheduleEntry>& schedule,
                                const std::map<std::string, ConcreteShape>& input_shapes, Prepared& prepared,
                                const RunOptions& options);

// Binds an op to the values in the slots as they are now.
Arguments bind_to_slots(const Op& op, const OpDefinition& definition, int opset, const Graph& graph,
                        std::vector<RuntimeValue>& slots, std::vector<Type>& types, Prepared& prepared);

// The constant behind an operand, if it is one and not in its slot yet, made now.
void materialize(const Operand& operand, const Graph& graph, std::vector<RuntimeValue>& slots, Prepared& prepared);

// Constants of an op's operands that are not in the slots yet, made now (all but `absorbed`).
void materialize_operands(const Op& op, const Graph& graph, std::vector<RuntimeValue>& slots, Prepared& prepared,
                          const std::set<std::string>& absorbed);

// Rounds a result to its declared half type.
void round_result(Tensor& tensor, Numerics numerics);     // in place: the memory must be the result's own
Tensor rounded(const Tensor& tensor, Numerics numerics);  // a copy: the tensor may view somebody else's memory

}  // namespace anemone
