// SPDX-License-Identifier: Apache-2.0
// Chooses the patches that do not get in each other's way and merges them into one set of edits; rewriter.cpp carries
// these out.
#include "ir/patch.h"

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "ir/rewriter.h"

namespace anemone {
namespace {

void each_read(const Block& block, const std::function<void(ValueId)>& visit);

void each_read(const Op& op, const std::function<void(ValueId)>& visit) {
  for (const Argument& argument : op.arguments)
    for (const Operand& operand : argument.operands)
      if (operand.is_value()) visit(operand.value());
  for (const Block& block : op.blocks) each_read(block, visit);
}

void each_read(const Block& block, const std::function<void(ValueId)>& visit) {
  for (const OpPtr& op : block.ops) each_read(*op, visit);
  for (const ValueId output : block.outputs) visit(output);
}

void each_result(const Op& op, const std::function<void(ValueId)>& visit) {
  for (const Output& output : op.outputs) visit(output.id);
  for (const Block& block : op.blocks)
    for (const OpPtr& nested : block.ops) each_result(*nested, visit);
}

// Gives the values that a patch's ops define their final numbers.
class Renumbering {
 public:
  Renumbering(ValueId first, ValueId& next) : first_(first), next_(next) {}

  void define(const Op& op) {
    for (const Output& output : op.outputs) define(output);
    for (const Block& block : op.blocks) {
      for (const Output& input : block.inputs) define(input);
      for (const OpPtr& nested : block.ops) define(*nested);
    }
  }

  ValueId operator()(ValueId value) const {
    if (value < first_) return value;
    const auto found = fresh_.find(value);
    if (found == fresh_.end()) fail("it uses value {}, which no op of it defines", value);
    return found->second;
  }

  OpPtr operator()(const Op& op) const {
    auto result = std::make_shared<Op>(op);
    for (Argument& argument : result->arguments)
      for (Operand& operand : argument.operands)
        if (operand.is_value()) operand = Operand((*this)(operand.value()));
    for (Output& output : result->outputs) output.id = (*this)(output.id);
    for (Block& block : result->blocks) {
      for (Output& input : block.inputs) input.id = (*this)(input.id);
      for (OpPtr& nested : block.ops) nested = (*this)(*nested);
      for (ValueId& output : block.outputs) output = (*this)(output);
    }
    return result;
  }

 private:
  void define(const Output& output) {
    if (output.id < first_) return;
    if (!fresh_.emplace(output.id, next_).second) fail("two of its ops define value {}", output.id);
    ++next_;
  }

  ValueId first_;
  ValueId& next_;
  std::unordered_map<ValueId, ValueId> fresh_;
};

class Merger {
 public:
  explicit Merger(const Graph& graph) : graph_(graph) { edits_.next_value = graph.function().next_value; }

  // Adds the patch, or returns false when it conflicts with those before it.
  bool add(const Patch& patch) {
    check_exists(patch);
    std::map<ValueId, ValueId> relinked = relinked_states(patch);
    std::vector<ValueId> reads;
    std::vector<ValueId> writes;
    footprint(patch, relinked, reads, writes);
    for (const ValueId value : reads)
      if (written_.count(value)) return false;
    for (const ValueId value : writes)
      if (written_.count(value) || read_.count(value)) return false;
    read_.insert(reads.begin(), reads.end());
    written_.insert(writes.begin(), writes.end());
    edits_.replace.insert(relinked.begin(), relinked.end());
    merge(patch);
    return true;
  }

  Edits take() { return std::move(edits_); }

 private:
  void check_op(ValueId id, const char* what) const {
    const Op* op = graph_.producer(id);
    if (!op || op->id() != id) fail("there is no op {} to {}", id, what);
  }

  void check_exists(const Patch& patch) const {
    if (patch.place.op != kNoValue) check_op(patch.place.op, "insert at");
    if (patch.place.block >= 0 && (patch.place.op == kNoValue || static_cast<size_t>(patch.place.block) >=
                                                                     graph_.producer(patch.place.op)->blocks.size()))
      fail("there is no block {} of op {}", patch.place.block, patch.place.op);
    for (const ValueId id : patch.remove) check_op(id, "remove");
    for (const auto& entry : patch.rebuild) check_op(entry.first, "rebuild");
    for (const auto& entry : patch.replace)
      if (!graph_.contains(entry.first)) fail("there is no value {} to replace", entry.first);
    for (const OpPtr& op : patch.insert)
      for (const Output& output : op->outputs)
        if (output.id < graph_.function().next_value) fail("new op {} defines value {} again", op->name, output.id);
  }

  // State versions that removed writes made -> the versions they wrote to.
  std::map<ValueId, ValueId> relinked_states(const Patch& patch) const {
    std::map<ValueId, ValueId> relinked;
    for (const ValueId id : patch.remove) {
      const Op& op = *graph_.producer(id);
      if (op.type != "write_state" || patch.replace.count(id)) continue;
      const Operand* state = graph_.operand(op, "input");
      if (state && state->is_value()) relinked[id] = state->value();
    }
    return relinked;
  }

  void footprint(const Patch& patch, const std::map<ValueId, ValueId>& relinked, std::vector<ValueId>& reads,
                 std::vector<ValueId>& writes) const {
    const ValueId first = graph_.function().next_value;
    const auto read = [&](ValueId value) {
      if (value < first) reads.push_back(value);
    };
    const auto written = [&](ValueId value) { writes.push_back(value); };
    for (const OpPtr& op : patch.insert) each_read(*op, read);
    for (const auto* pairs : {&patch.replace, &relinked})
      for (const auto& [old, value] : *pairs) {
        written(old);
        read(value);
      }
    for (const ValueId id : patch.remove) each_result(*graph_.producer(id), written);
    for (const auto& [id, op] : patch.rebuild) {
      each_result(*graph_.producer(id), written);
      each_read(*op, read);
    }
    for (const auto& entry : patch.retype_inputs) written(entry.first);
  }

  // Provenance of the patch's new ops when they have none.
  std::string inherited(const Patch& patch) const {
    for (const auto& entry : patch.replace)
      if (const Op* op = graph_.producer(entry.first)) return op->provenance;
    return patch.place.op == kNoValue ? "" : graph_.producer(patch.place.op)->provenance;
  }

  void merge(const Patch& patch) {
    Renumbering renumbered(graph_.function().next_value, edits_.next_value);
    const std::string origin = inherited(patch);
    for (const OpPtr& op : patch.insert) renumbered.define(*op);
    for (const OpPtr& op : patch.insert)
      edits_.insert[patch.place].push_back(labelled(*renumbered(*refined(*op, patch)), patch.pass, origin));
    for (const auto& [id, op] : patch.rebuild) {
      const Op& old = *graph_.producer(id);
      bool same = op->outputs.size() == old.outputs.size();
      for (size_t i = 0; same && i < old.outputs.size(); ++i) same = op->outputs[i].id == old.outputs[i].id;
      if (!same) fail("op {} is rebuilt with other outputs", old.name);
      edits_.rebuild[id] = labelled(*renumbered(*op), patch.pass, old.provenance);
    }
    for (const auto& [old, value] : patch.replace) edits_.replace[old] = renumbered(value);
    edits_.remove.insert(patch.remove.begin(), patch.remove.end());
    edits_.retype_inputs.insert(patch.retype_inputs.begin(), patch.retype_inputs.end());
  }

  // What was declared about a replaced value also holds for the one that stands for it.
  OpPtr refined(const Op& op, const Patch& patch) const {
    auto result = std::make_shared<Op>(op);
    for (const auto& [old, value] : patch.replace)
      for (Output& output : result->outputs)
        if (output.id == value && output.type.is_tensor() && compatible(graph_.type(old), output.type))
          output.type = merged(graph_.type(old), output.type);
    return result;
  }

  static OpPtr labelled(const Op& op, const std::string& pass, const std::string& inherited) {
    auto result = std::make_shared<Op>(op);
    result->provenance = with_pass(op.provenance.empty() ? inherited : op.provenance, pass);
    return result;
  }

  const Graph& graph_;
  Edits edits_;
  std::unordered_set<ValueId> read_;
  std::unordered_set<ValueId> written_;
};

std::string described(const Patch& patch, size_t index) {
  return patch.pass.empty() ? fmt::format("patch {}", index) : fmt::format("patch {} of {}", index, patch.pass);
}

}  // namespace

Patch Patch::insert_before(const Op& anchor, const Builder& builder) {
  Patch patch;
  patch.place.op = anchor.id();
  patch.insert = builder.ops();
  return patch;
}

Patch Patch::instead_of(const Op& op, const Builder& builder, ValueId result) {
  Patch patch = insert_before(op, builder);
  patch.replace[op.id()] = result;
  patch.remove = {op.id()};
  return patch;
}

Patch Patch::use_instead(ValueId old, ValueId value) {
  Patch patch;
  patch.replace[old] = value;
  return patch;
}

Applied apply(const Function& function, const std::vector<Patch>& patches, const OpTable& table) {
  const Graph graph(function);
  Merger merger(graph);
  Applied result;
  for (size_t i = 0; i < patches.size(); ++i)
    with_context(described(patches[i], i), [&] { result.applied += merger.add(patches[i]) ? 1 : 0; });
  result.function = rewritten(graph, merger.take(), table);
  return result;
}

bool needs_identity(const Graph& graph, ValueId old, ValueId value) {
  if (!graph.is_function_output(old)) return false;
  const Op* producer = graph.producer(value);
  return !producer || !is_executed(*producer) || graph.is_function_output(value);
}

std::string with_pass(const std::string& provenance, const std::string& pass) {
  const std::string mark = "|" + pass;
  const bool there = pass.empty() || (provenance.size() >= mark.size() &&
                                      provenance.compare(provenance.size() - mark.size(), mark.size(), mark) == 0);
  return there ? provenance : provenance + mark;
}

}  // namespace anemone
