// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "tokenizers/regex/syntax.h"

namespace anemone::regex {
namespace {

constexpr size_t kLongestProgram = 20'000;

// How many characters a node spans.
struct Width {
  uint64_t min = 0;
  uint64_t max = 0;
};

Width width_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kSet:
      return {1, 1};
    case Node::Kind::kLook:
    case Node::Kind::kAssert:
      return {0, 0};
    case Node::Kind::kRepeat: {
      const Width inner = width_of(node.children[0]);
      const bool endless = node.max == kNoLimit && inner.max > 0;
      return {inner.min * node.min, endless || inner.max == kNoLimit ? kNoLimit : inner.max * node.max};
    }
    case Node::Kind::kChoice: {
      Width width{kNoLimit, 0};
      for (const Node& child : node.children) {
        const Width inner = width_of(child);
        width = {std::min(width.min, inner.min), std::max(width.max, inner.max)};
      }
      return width;
    }
    default: {
      Width width;
      for (const Node& child : node.children) {
        const Width inner = width_of(child);
        width = {std::min<uint64_t>(width.min + inner.min, kNoLimit),
                 std::min<uint64_t>(width.max + inner.max, kNoLimit)};
      }
      return width;
    }
  }
}

class Compiler {
 public:
  Program compile(const Node& node) {
    emit(node);
    add({});
    program_.first.assign(program_.code.size(), {});
    std::vector<bool> done(program_.code.size());
    for (uint32_t pc = here(); pc-- > 0;) find_first(pc, done);
    return std::move(program_);
  }

 private:
  uint32_t here() const { return static_cast<uint32_t>(program_.code.size()); }

  uint32_t add(const Instruction& instruction) {
    if (program_.code.size() >= kLongestProgram) fail("the regular expression is too large");
    program_.code.push_back(instruction);
    return here() - 1;
  }

  uint32_t add_set(const CharSet& set) {
    program_.sets.push_back(set);
    program_.sets.back().prepare();
    return static_cast<uint32_t>(program_.sets.size() - 1);
  }

  void emit(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kSequence:
        for (const Node& child : node.children) emit(child);
        return;
      case Node::Kind::kChoice:
        return emit_choice(node);
      case Node::Kind::kSet:
        add({Op::kSet, Mode::kGreedy, false, add_set(node.set), 0, 0, 0});
        return;
      case Node::Kind::kRepeat:
        return node.mode == Mode::kPossessive && node.children[0].kind != Node::Kind::kSet
                   ? emit_body({Op::kAtomic, Mode::kGreedy, false, 0, 0, 0, 0}, greedy(node))
                   : emit_repeat(node);
      case Node::Kind::kAtomic:
        return emit_body({Op::kAtomic, Mode::kGreedy, false, 0, 0, 0, 0}, node.children[0]);
      case Node::Kind::kLook:
        return emit_look(node);
      case Node::Kind::kAssert:
        add({node.op, Mode::kGreedy, node.negated, 0, 0, 0, 0});
        return;
    }
  }

  // Jumps back lead to a split that is not done yet: what it can begin with is then left open.
  void find_first(uint32_t pc, std::vector<bool>& done) {
    const Instruction& at = program_.code[pc];
    std::bitset<128>& first = program_.first[pc];
    const auto add_from = [&](uint32_t next) { done[next] ? first |= program_.first[next] : first.set(); };
    if (at.op == Op::kSet || at.op == Op::kLoop)
      for (unsigned char byte = 0; byte < 128; ++byte) first[byte] = program_.sets[at.a].contains_ascii(byte);
    if (at.op == Op::kSplit) {
      add_from(at.a);
      add_from(at.b);
    } else if (at.op == Op::kJump) {
      add_from(at.a);
    } else if (at.op == Op::kMatch || at.op == Op::kAtomic) {
      first.set();
    } else if (at.op == Op::kLookAhead || at.op == Op::kLookBehind) {
      add_from(at.a);
    } else if (at.op != Op::kSet && !(at.op == Op::kLoop && at.min > 0)) {
      add_from(pc + 1);
    }
    done[pc] = true;
  }

  static Node greedy(Node node) {
    node.mode = Mode::kGreedy;
    return node;
  }

  void emit_choice(const Node& node) {
    std::vector<uint32_t> ends;
    for (size_t i = 0; i + 1 < node.children.size(); ++i) {
      const uint32_t split = add({Op::kSplit, Mode::kGreedy, false, here() + 1, 0, 0, 0});
      emit(node.children[i]);
      ends.push_back(add({Op::kJump, Mode::kGreedy, false, 0, 0, 0, 0}));
      program_.code[split].b = here();
    }
    emit(node.children.back());
    for (const uint32_t end : ends) program_.code[end].a = here();
  }

  void emit_repeat(const Node& node) {
    const Node& body = node.children[0];
    if (body.kind == Node::Kind::kSet) {
      add({Op::kLoop, node.mode, false, add_set(body.set), 0, node.min, node.max});
      return;
    }
    for (uint32_t i = 0; i < node.min; ++i) emit(body);
    if (node.max == kNoLimit) {
      if (width_of(body).min == 0) fail("the regular expression repeats what may match nothing: that is not supported");
      const uint32_t split = emit_split(node.mode);
      emit(body);
      add({Op::kJump, Mode::kGreedy, false, split, 0, 0, 0});
      leave(split, node.mode);
      return;
    }
    std::vector<uint32_t> splits;
    for (uint32_t i = node.min; i < node.max; ++i) {
      splits.push_back(emit_split(node.mode));
      emit(body);
    }
    for (const uint32_t split : splits) leave(split, node.mode);
  }

  // A choice between the body, which follows, and what comes after it.
  uint32_t emit_split(Mode mode) {
    const uint32_t split = add({Op::kSplit, Mode::kGreedy, false, 0, 0, 0, 0});
    (mode == Mode::kLazy ? program_.code[split].b : program_.code[split].a) = here();
    return split;
  }
  void leave(uint32_t split, Mode mode) {
    (mode == Mode::kLazy ? program_.code[split].a : program_.code[split].b) = here();
  }

  void emit_body(const Instruction& instruction, const Node& body) {
    const uint32_t at = add(instruction);
    emit(body);
    add({});
    program_.code[at].a = here();
  }

  void emit_look(const Node& node) {
    Instruction look{node.op, Mode::kGreedy, node.negated, 0, 0, 0, 0};
    if (node.op == Op::kLookBehind) {
      const Width width = width_of(node.children[0]);
      if (width.max >= 256) fail("the regular expression looks back without limit");
      look.min = static_cast<uint32_t>(width.min);
      look.max = static_cast<uint32_t>(width.max);
    }
    Node body = node.children[0];
    if (node.op == Op::kLookBehind) {
      Node here_again;
      here_again.kind = Node::Kind::kAssert;
      here_again.op = Op::kHere;
      Node sequence;
      sequence.children = {std::move(body), std::move(here_again)};
      body = std::move(sequence);
    }
    emit_body(look, body);
  }

  Program program_;
};

}  // namespace

Program compile(std::string_view pattern) { return Compiler().compile(parse(pattern)); }

}  // namespace anemone::regex
