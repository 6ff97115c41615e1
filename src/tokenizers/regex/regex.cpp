// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/regex/regex.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

using regex::Instruction;
using regex::Mode;
using regex::Op;

// A pattern may go back this often in one search, and some more for a long text.
constexpr size_t kMostSteps = 10'000'000;

bool is_regex_word(std::string_view text, size_t position) { return is_word_of_regex(next_code_point(text, position)); }

class Machine {
 public:
  Machine(const regex::Program& program, std::string_view text)
      : program_(program), text_(text), budget_(kMostSteps + 64 * text.size()) {}

  // Where the match that starts at `position` ends.
  std::optional<size_t> match(size_t position) { return run(0, position); }

 private:
  // A place to go back to: the instruction and the position, or for loops the positions from `least` to `most`.
  struct Choice {
    uint32_t pc;
    bool lazy;
    size_t least;
    size_t most;
  };

  std::optional<size_t> run(uint32_t pc, size_t position) {
    const size_t base = choices_.size();
    for (;;) {
      const Instruction& instruction = program_.code[pc];
      if (instruction.op == Op::kMatch) {
        choices_.resize(base);
        return position;
      }
      if (step(instruction, pc, position)) continue;
      do {
        if (choices_.size() == base) return std::nullopt;
      } while (!go_back(pc, position));
    }
  }

  bool step(const Instruction& instruction, uint32_t& pc, size_t& position) {
    switch (instruction.op) {
      case Op::kSet:
        ++pc;
        return take(program_.sets[instruction.a], position);
      case Op::kLoop:
        return loop(instruction, pc, position);
      case Op::kSplit:
        return split(instruction, pc, position);
      case Op::kJump:
        pc = instruction.a;
        return true;
      case Op::kAtomic: {
        const auto end = run(pc + 1, position);
        if (!end) return false;
        position = *end;
        pc = instruction.a;
        return true;
      }
      case Op::kLookAhead:
      case Op::kLookBehind: {
        const bool found = instruction.op == Op::kLookAhead ? run(pc + 1, position).has_value()
                                                            : look_behind(instruction, pc + 1, position);
        pc = instruction.a;
        return found != instruction.negated;
      }
      default:
        ++pc;
        return holds(instruction.op, position) != instruction.negated;
    }
  }

  // Only where both ways are open is there a choice to come back to.
  bool split(const Instruction& instruction, uint32_t& pc, size_t position) {
    const bool in_ascii = position < text_.size() && static_cast<unsigned char>(text_[position]) < 0x80;
    if (in_ascii && !program_.first[instruction.a][static_cast<unsigned char>(text_[position])]) {
      pc = instruction.b;
      return true;
    }
    choices_.push_back({instruction.b, false, position, position});
    pc = instruction.a;
    return true;
  }

  bool take(const CharSet& set, size_t& position) const {
    if (position >= text_.size()) return false;
    const auto byte = static_cast<unsigned char>(text_[position]);
    if (byte < 0x80) return set.contains_ascii(byte) && ++position;
    size_t next = position;
    if (!set.contains(next_code_point(text_, next))) return false;
    position = next;
    return true;
  }

  bool loop(const Instruction& instruction, uint32_t& pc, size_t& position) {
    const CharSet& set = program_.sets[instruction.a];
    uint32_t count = 0;
    while (count < instruction.min && take(set, position)) ++count;
    if (count < instruction.min) return false;
    if (instruction.mode == Mode::kLazy) {
      if (instruction.min < instruction.max)
        choices_.push_back({pc, true, position, instruction.max - instruction.min});
      ++pc;
      return true;
    }
    const size_t least = position;
    while (count < instruction.max && take(set, position)) ++count;
    ++pc;
    if (instruction.mode == Mode::kGreedy && position > least) choices_.push_back({pc, false, least, position});
    return true;
  }

  // False when the last choice has nothing left to offer.
  bool go_back(uint32_t& pc, size_t& position) {
    if (budget_-- == 0) fail("the regular expression backtracks too often on this text");
    Choice& choice = choices_.back();
    if (choice.lazy) return go_on_lazily(pc, position);
    pc = choice.pc;
    position = choice.most;
    if (choice.least == choice.most) {
      choices_.pop_back();
      return true;
    }
    previous_code_point(text_, position);
    choice.most = position;
    if (position == choice.least) choices_.pop_back();
    return true;
  }

  // A lazy loop takes one more; `most` counts how many it still may.
  bool go_on_lazily(uint32_t& pc, size_t& position) {
    Choice& choice = choices_.back();
    pc = choice.pc + 1;
    const bool taken = take(program_.sets[program_.code[choice.pc].a], choice.least);
    position = choice.least;
    if (!taken || --choice.most == 0) choices_.pop_back();
    return taken;
  }

  bool look_behind(const Instruction& instruction, uint32_t body, size_t position) {
    const size_t outer = std::exchange(here_, position);
    bool found = false;
    size_t start = position;
    for (uint32_t back = 0; !found && back <= instruction.max; ++back) {
      found = back >= instruction.min && run(body, start).has_value();
      if (start == 0) break;
      previous_code_point(text_, start);
    }
    here_ = outer;
    return found;
  }

  bool holds(Op op, size_t position) const {
    const bool at_end = position == text_.size();
    switch (op) {
      case Op::kTextStart:
        return position == 0;
      case Op::kTextEnd:
        return at_end;
      case Op::kHere:
        return position == here_;
      case Op::kLineStart:
        return position == 0 || (text_[position - 1] == '\n' && !at_end);
      case Op::kLineEnd:
        return at_end || text_[position] == '\n';
      case Op::kLastLineEnd:
        return at_end || (text_[position] == '\n' && position + 1 == text_.size());
      default: {
        size_t before = position;
        const bool word_before = position > 0 && is_word_of_regex(previous_code_point(text_, before));
        return word_before != (!at_end && is_regex_word(text_, position));
      }
    }
  }

  const regex::Program& program_;
  std::string_view text_;
  size_t budget_;
  size_t here_ = 0;
  std::vector<Choice> choices_;
};

// The next place from `position` on where a match can begin, or past the end.
size_t next_start(const regex::Program& program, std::string_view text, size_t position) {
  for (; position < text.size(); ++position) {
    const auto byte = static_cast<unsigned char>(text[position]);
    if (byte < 0x80 ? program.first[0][byte] : (byte & 0xC0) != 0x80) return position;
  }
  return position;
}

}  // namespace

void Regex::for_each_match(std::string_view text, const std::function<void(size_t, size_t)>& visit) const {
  Machine machine(program_, text);
  std::optional<size_t> last_end;
  for (size_t from = 0; from <= text.size();) {
    const size_t start = next_start(program_, text, from);
    const auto end = machine.match(start);
    const bool empty = !end || *end == start;
    if (end && !(empty && last_end == start)) {
      visit(start, *end);
      last_end = end;
    }
    from = empty ? start + 1 : *end;
  }
}

}  // namespace anemone
