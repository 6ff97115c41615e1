// SPDX-License-Identifier: Apache-2.0
#include "ir/program.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

// Compares two functions while pairing up their value numbers.
class Comparison {
 public:
  std::optional<std::string> functions(const Function& a, const Function& b) {
    if (a.opset != b.opset) return fmt::format("opset CoreML{} and CoreML{}", a.opset, b.opset);
    if (auto where = outputs(a.inputs, b.inputs, "input")) return where;
    if (auto where = blocks(a.body, b.body)) return where;
    if (a.input_features != b.input_features) return "described inputs";
    if (a.output_features != b.output_features) return "described outputs";
    if (a.state_features != b.state_features) return "described states";
    if (a.predicted_feature_name != b.predicted_feature_name) return "predicted feature";
    if (a.predicted_probabilities_name != b.predicted_probabilities_name) return "predicted probabilities";
    return std::nullopt;
  }

 private:
  using Difference = std::optional<std::string>;

  Difference outputs(const std::vector<Output>& a, const std::vector<Output>& b, const std::string& what) {
    if (a.size() != b.size()) return fmt::format("{} count {} and {}", what, a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i].name != b[i].name) return fmt::format("{} names {} and {}", what, a[i].name, b[i].name);
      if (!(a[i].type == b[i].type))
        return fmt::format("{} {}: types {} and {}", what, a[i].name, a[i].type.str(), b[i].type.str());
      pairs_[a[i].id] = b[i].id;
    }
    return std::nullopt;
  }

  Difference blocks(const Block& a, const Block& b) {
    if (auto where = outputs(a.inputs, b.inputs, "block input")) return where;
    if (a.ops.size() != b.ops.size()) return fmt::format("{} and {} ops", a.ops.size(), b.ops.size());
    for (size_t i = 0; i < a.ops.size(); ++i)
      if (auto where = ops(*a.ops[i], *b.ops[i]))
        return fmt::format("op {} ({}): {}", a.ops[i]->name, a.ops[i]->type, *where);
    const bool same = std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(), b.outputs.end(),
                                 [this](ValueId x, ValueId y) { return paired(x, y); });
    if (!same) return "block outputs";
    return std::nullopt;
  }

  Difference ops(const Op& a, const Op& b) {
    if (a.type != b.type) return fmt::format("types {} and {}", a.type, b.type);
    if (a.name != b.name) return fmt::format("names {} and {}", a.name, b.name);
    if (a.provenance != b.provenance) return fmt::format("provenance {} and {}", a.provenance, b.provenance);
    if (a.arguments.size() != b.arguments.size()) return "argument counts";
    for (size_t i = 0; i < a.arguments.size(); ++i)
      if (!arguments(a.arguments[i], b.arguments[i])) return fmt::format("argument {}", a.arguments[i].name);
    if (auto where = outputs(a.outputs, b.outputs, "output")) return where;
    if (a.blocks.size() != b.blocks.size()) return "nested blocks";
    for (size_t i = 0; i < a.blocks.size(); ++i)
      if (auto where = blocks(a.blocks[i], b.blocks[i])) return where;
    return std::nullopt;
  }

  bool arguments(const Argument& a, const Argument& b) {
    return a.name == b.name && std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(), b.operands.end(),
                                          [this](const Operand& x, const Operand& y) {
                                            if (x.is_value() != y.is_value()) return false;
                                            return x.is_value() ? paired(x.value(), y.value())
                                                                : equal(x.literal(), y.literal());
                                          });
  }

  bool paired(ValueId a, ValueId b) const {
    const auto pair = pairs_.find(a);
    return pair != pairs_.end() && pair->second == b;
  }

  std::unordered_map<ValueId, ValueId> pairs_;
};

}  // namespace

const Argument* Op::argument(std::string_view argument_name) const {
  for (const Argument& candidate : arguments)
    if (candidate.name == argument_name) return &candidate;
  return nullptr;
}

const Function& Program::function(const std::string& name) const {
  const auto found = functions.find(name);
  if (found != functions.end()) return *found->second;
  std::vector<std::string> names;
  for (const auto& entry : functions) names.push_back(entry.first);
  fail("there is no function {} (functions: {})", name, join(names, ", "));
}

int Program::opset() const {
  int newest = kOldestOpset;
  for (const auto& entry : functions) newest = std::max(newest, entry.second->opset);
  return newest;
}

void for_each_op(const Block& block, const std::function<void(const Op&)>& visit) {
  for (const OpPtr& op : block.ops) {
    visit(*op);
    for (const Block& nested : op->blocks) for_each_op(nested, visit);
  }
}

bool is_constexpr(const Op& op) { return op.type.rfind("constexpr_", 0) == 0; }

bool is_executed(const Op& op) { return op.type != "const" && !is_constexpr(op); }

std::optional<std::string> difference(const Program& a, const Program& b) {
  if (a.default_function != b.default_function) return "default function";
  if (a.multifunction != b.multifunction) return "multifunction";
  if (!(a.metadata == b.metadata)) return "metadata";
  if (a.build_info != b.build_info) return "build info";
  if (a.unrecognized != b.unrecognized) return "unrecognized fields";
  if (a.functions.size() != b.functions.size()) return "number of functions";
  for (const auto& [name, function] : a.functions) {
    const auto other = b.functions.find(name);
    if (other == b.functions.end()) return "function " + name + " is only in one";
    if (auto where = Comparison().functions(*function, *other->second)) return "function " + name + ": " + *where;
  }
  return std::nullopt;
}

}  // namespace anemone
