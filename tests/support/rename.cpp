// SPDX-License-Identifier: Apache-2.0
#include "rename.h"

#include <fmt/format.h>

#include <set>

namespace anemone::test {
namespace {

class Renamer {
 public:
  explicit Renamer(const Function& function) : function_(function) {}

  Function run() {
    Function result = function_;
    for (const Output& input : function_.inputs) taken_.insert(input.name);
    for (const ValueId id : function_.body.outputs) public_.insert(id);
    for_each_op(function_.body, [&](const Op& op) {
      for (const Output& output : op.outputs)
        if (public_.count(output.id)) taken_.insert(output.name);
    });
    result.body = rename(function_.body);
    return result;
  }

 private:
  // Numbers fall, so that sorting by name gives another order than before.
  std::string fresh() {
    std::string name;
    do name = fmt::format("w{:08}", --number_);
    while (!taken_.insert(name).second);
    return name;
  }

  Block rename(Block block) {
    for (Output& input : block.inputs) input.name = fresh();
    for (OpPtr& op : block.ops) {
      Op copy = *op;
      copy.name = fresh();
      for (Output& output : copy.outputs)
        if (!public_.count(output.id)) output.name = fresh();
      for (Block& nested : copy.blocks) nested = rename(nested);
      op = std::make_shared<const Op>(std::move(copy));
    }
    return block;
  }

  const Function& function_;
  std::set<std::string> taken_;
  std::set<ValueId> public_;
  int number_ = 100'000'000;
};

}  // namespace

Program renamed(const Program& program) {
  Program result = program;
  for (auto& [name, function] : result.functions) function = std::make_shared<const Function>(Renamer(*function).run());
  return result;
}

}  // namespace anemone::test
