// SPDX-License-Identifier: Apache-2.0
#include "passes/pass.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace anemone {

void register_all_pass(PassTable& table);

AttentionMode attention_mode_from(const std::string& name) {
  if (name == "split-einsum") return AttentionMode::kSplitEinsum;
  if (name == "split-einsum-v2") return AttentionMode::kSplitEinsumV2;
  if (name == "original") return AttentionMode::kOriginal;
  if (name == "fused") return AttentionMode::kFused;
  fail("--attention: {}: expected split-einsum, split-einsum-v2, original or fused", name);
}

std::string_view name_of(Stage stage) {
  static constexpr std::array<std::string_view, 5> kNames = {"clean-up", "canonicalize", "fuse", "form", "finish"};
  return kNames[static_cast<size_t>(stage)];
}

void PassTable::add(Pass pass) {
  CHECK(pass.find && !find(pass.name));
  passes_.push_back(std::make_shared<const Pass>(std::move(pass)));
}

const Pass* PassTable::find(std::string_view name) const {
  for (const auto& pass : passes_)
    if (pass->name == name) return pass.get();
  return nullptr;
}

namespace {

// Moves the first of `waiting` whose predecessors are all in `ordered`; false when none may go.
bool move_next(std::vector<const Pass*>& waiting, std::vector<const Pass*>& ordered) {
  const auto done = [&](const std::string& name) {
    return std::any_of(ordered.begin(), ordered.end(), [&](const Pass* pass) { return pass->name == name; });
  };
  const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Pass* pass) {
    return std::all_of(pass->after.begin(), pass->after.end(), done);
  });
  if (next == waiting.end()) return false;
  ordered.push_back(*next);
  waiting.erase(next);
  return true;
}

}  // namespace

std::vector<const Pass*> PassTable::in_order() const {
  std::vector<const Pass*> waiting;
  for (const auto& pass : passes_) {
    waiting.push_back(pass.get());
    for (const std::string& name : pass->after) {
      const Pass* before = find(name);
      if (!before) fail("pass {} runs after {}, which does not exist", pass->name, name);
      if (before->stage > pass->stage) fail("pass {} runs after {}, which is of a later stage", pass->name, name);
    }
  }
  std::sort(waiting.begin(), waiting.end(), [](const Pass* a, const Pass* b) {
    return a->stage != b->stage ? a->stage < b->stage : a->name < b->name;
  });
  std::vector<const Pass*> ordered;
  while (!waiting.empty()) {
    const Stage stage = waiting.front()->stage;
    const auto end =
        std::find_if(waiting.begin(), waiting.end(), [stage](const Pass* pass) { return pass->stage != stage; });
    std::vector<const Pass*> group(waiting.begin(), end);
    waiting.erase(waiting.begin(), end);
    while (!group.empty())
      if (!move_next(group, ordered)) fail("pass {} runs after itself by way of others", group.front()->name);
  }
  return ordered;
}

const PassTable& pass_table() {
  static const PassTable table = [] {
    PassTable made;
    register_all_pass(made);
    return made;
  }();
  return table;
}

}  // namespace anemone
