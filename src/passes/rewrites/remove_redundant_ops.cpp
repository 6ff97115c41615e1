// SPDX-License-Identifier: Apache-2.0
// Of ops that compute the same, the first does it for all (common subexpressions).
//
//     a = relu(x)            ->    a = relu(x)
//     b = relu(x)                  c = add(a, a)
//     c = add(a, b)
//
// Same type, same arguments, constants compared by value. Not random ops, states or control flow. An op in a nested
// block may use one outside it, not the other way round.
#include <unordered_map>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

class Redundant {
 public:
  Redundant(const Graph& graph, const OpTable& table) : graph_(graph), table_(table) { block(graph.function().body); }
  std::vector<Patch> take() { return std::move(patches_); }

 private:
  void block(const Block& block) {
    std::vector<std::string> here;
    for (const OpPtr& op : block.ops) {
      for (const Block& nested : op->blocks) this->block(nested);
      if (!comparable(*op)) continue;
      const std::string key = description(*op);
      const auto [entry, fresh] = first_.emplace(key, op.get());
      if (fresh)
        here.push_back(key);
      else
        replace(*op, *entry->second);
    }
    for (const std::string& key : here) first_.erase(key);
  }

  bool comparable(const Op& op) const {
    if (op.type == "const" || op.type == "identity" || !op.blocks.empty()) return false;
    const OpDefinition* definition = table_.find(op.type);
    return definition && definition->deterministic;
  }

  std::string description(const Op& op) {
    std::string text = op.type;
    for (const Argument& argument : op.arguments) {
      text += "\n" + argument.name;
      for (const Operand& operand : argument.operands) text += " " + operand_text(operand);
    }
    return text;
  }

  std::string operand_text(const Operand& operand) {
    const Constant* constant = graph_.constant(operand);
    const bool by_value = constant && (!operand.is_value() || constant->is_small() || constant->file_range());
    if (!by_value) return fmt::format("%{}", operand.value());
    if (!operand.is_value()) return quoted(constant->identity());
    auto& text = identities_[operand.value()];
    if (text.empty()) text = quoted(constant->identity());
    return text;
  }

  // Identities hold any bytes; their length makes the key unambiguous.
  static std::string quoted(const std::string& identity) { return fmt::format("{}:{}", identity.size(), identity); }

  void replace(const Op& op, const Op& first) {
    Patch patch;
    for (size_t i = 0; i < op.outputs.size(); ++i) {
      if (needs_identity(graph_, op.outputs[i].id, first.outputs[i].id) ||
          !(op.outputs[i].type == first.outputs[i].type))
        return;
      patch.replace[op.outputs[i].id] = first.outputs[i].id;
    }
    patch.remove = {op.id()};
    patches_.push_back(std::move(patch));
  }

  const Graph& graph_;
  const OpTable& table_;
  std::unordered_map<std::string, const Op*> first_;
  std::unordered_map<ValueId, std::string> identities_;
  std::vector<Patch> patches_;
};

std::vector<Patch> find(const Graph& graph, const PassContext& context) {
  return Redundant(graph, context.table).take();
}

}  // namespace

void register_pass_remove_redundant_ops(PassTable& table) {
  table.add({"remove_redundant_ops", Stage::kCleanUp, {"const_deduplication"}, "compute the same only once", find});
}

}  // namespace anemone
