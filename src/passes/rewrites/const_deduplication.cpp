// SPDX-License-Identifier: Apache-2.0
// Of equal constants the first serves all.
//
//     a = const([1, 2])      ->    a = const([1, 2])
//     b = const([1, 2])            c = add(a, a)
//     c = add(a, b)
//
// Equal by identity: small ones by value, large ones by where they lie in a file and what is done to them. Different
// ranges of a file with the same bytes are found when the program is written.
#include <unordered_map>

#include "passes/match.h"
#include "passes/pass.h"

namespace anemone {
namespace {

class Duplicates {
 public:
  explicit Duplicates(const Graph& graph) : graph_(graph) { block(graph.function().body); }
  std::vector<Patch> take() { return std::move(patches_); }

 private:
  void block(const Block& block) {
    std::vector<std::string> here;
    for (const OpPtr& op : block.ops) {
      for (const Block& nested : op->blocks) this->block(nested);
      const Constant* constant = op->type == "const" ? graph_.constant(Operand(op->id())) : nullptr;
      if (!constant) continue;
      const std::string key = op->outputs[0].type.str() + " " + constant->identity();
      const auto [first, fresh] = first_.emplace(key, op->id());
      if (fresh) {
        here.push_back(key);
      } else if (!graph_.is_function_output(op->id())) {
        patches_.push_back(Patch::use_instead(op->id(), first->second));
        patches_.back().remove = {op->id()};
      }
    }
    for (const std::string& key : here) first_.erase(key);
  }

  const Graph& graph_;
  std::unordered_map<std::string, ValueId> first_;
  std::vector<Patch> patches_;
};

std::vector<Patch> find(const Graph& graph, const PassContext&) { return Duplicates(graph).take(); }

}  // namespace

void register_pass_const_deduplication(PassTable& table) {
  table.add({"const_deduplication", Stage::kCleanUp, {}, "keep equal constants once", find});
}

}  // namespace anemone
