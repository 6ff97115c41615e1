// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "tokenizers/fields.h"
#include "tokenizers/jinja/evaluator.h"
#include "tokenizers/jinja/template.h"

namespace anemone::jinja {
namespace {

using Kind = Statement::Kind;

constexpr int kDeepestCall = 60;

// What a loop's body sees as `loop`.
Value loop_variable(const List& elements, size_t index) {
  const auto number = [](size_t value) { return Value(static_cast<int64_t>(value)); };
  const size_t count = elements.size();
  Dict loop = {{"index", number(index + 1)},
               {"index0", number(index)},
               {"revindex", number(count - index)},
               {"revindex0", number(count - index - 1)},
               {"first", Value(index == 0)},
               {"last", Value(index + 1 == count)},
               {"length", number(count)},
               {"previtem", index > 0 ? elements[index - 1] : Value(Undefined{"previtem"})},
               {"nextitem", index + 1 < count ? elements[index + 1] : Value(Undefined{"nextitem"})}};
  return loop;
}

}  // namespace

// A scope that ends with the block.
struct Evaluator::FrameGuard {
  explicit FrameGuard(Evaluator& owner) : evaluator(owner), size(owner.frames_.size()) {
    evaluator.frames_.emplace_back();
  }
  ~FrameGuard() { evaluator.frames_.resize(size); }
  FrameGuard(const FrameGuard&) = delete;
  FrameGuard& operator=(const FrameGuard&) = delete;
  Evaluator& evaluator;
  size_t size;
};

Evaluator::Evaluator(const Dict& variables, std::time_t now) : frames_(2) {
  for (const auto& [name, value] : global_functions(now)) frames_[0].emplace_back(name.text(), value);
  for (const auto& [name, value] : variables) frames_[1].emplace_back(name.text(), value);
}

std::string Evaluator::run(const Block& block) {
  execute(block);
  return std::move(output_);
}

void Evaluator::define(const std::string& name, Value value) {
  for (auto& [known, old] : frames_.back()) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  frames_.back().emplace_back(name, std::move(value));
}

void Evaluator::put_out(std::string_view text) {
  if (output_.size() + text.size() > kLargest) fail("the template puts out more than {} bytes", kLargest);
  output_ += text;
}

std::string Evaluator::captured(const Block& block) {
  std::string outer;
  outer.swap(output_);
  execute(block);
  outer.swap(output_);
  return outer;
}

Evaluator::Flow Evaluator::execute(const Block& block) {
  for (const Statement& statement : block) {
    const Flow flow = execute(statement);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Evaluator::Flow Evaluator::execute(const Statement& statement) {
  count_steps(1);
  switch (statement.kind) {
    case Kind::kText:
      put_out(statement.name);
      return Flow::kOn;
    case Kind::kPrint:
      with_context(fmt::format("line {}", statement.line), [&] { put_out(to_text(evaluate(*statement.value))); });
      return Flow::kOn;
    case Kind::kIf: {
      const bool holds =
          with_context(fmt::format("line {}", statement.line), [&] { return evaluate(*statement.value).truth(); });
      return execute(holds ? statement.body : statement.otherwise);
    }
    case Kind::kFor:
      return loop(statement);
    case Kind::kSet:
    case Kind::kSetMember:
      set(statement);
      return Flow::kOn;
    case Kind::kMacro:
      define(statement.name, macro(statement));
      return Flow::kOn;
    case Kind::kCall: {
      const FrameGuard frame(*this);
      define("caller", macro(statement));
      put_out(to_text(evaluate(*statement.value)));
      return Flow::kOn;
    }
    case Kind::kFilter: {
      const std::string input = captured(statement.body);
      const std::string* outer = std::exchange(filter_input_, &input);
      put_out(to_text(evaluate(*statement.value)));
      filter_input_ = outer;
      return Flow::kOn;
    }
    case Kind::kWith: {
      const FrameGuard frame(*this);
      for (const Parameter& parameter : statement.parameters) define(parameter.name, evaluate(*parameter.fallback));
      return execute(statement.body);
    }
    case Kind::kBody:
      return execute(statement.body);
    case Kind::kBreak:
      return Flow::kBreak;
    case Kind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kOn;
}

Evaluator::Flow Evaluator::loop(const Statement& statement) {
  if (statement.recursive) fail("line {}: recursive loops are not supported", statement.line);
  List elements =
      with_context(fmt::format("line {}", statement.line), [&] { return evaluate(*statement.value).elements(); });
  count_steps(elements.size());
  if (statement.condition) {
    List kept;
    for (Value& element : elements) {
      const FrameGuard frame(*this);
      bind_targets(statement.targets, element);
      if (evaluate(*statement.condition).truth()) kept.push_back(std::move(element));
    }
    elements = std::move(kept);
  }
  if (elements.empty()) return execute(statement.otherwise);
  for (size_t i = 0; i < elements.size(); ++i) {
    const FrameGuard frame(*this);
    bind_targets(statement.targets, elements[i]);
    define("loop", loop_variable(elements, i));
    if (execute(statement.body) == Flow::kBreak) break;
  }
  return Flow::kOn;
}

void Evaluator::bind_targets(const std::vector<std::string>& targets, const Value& value) {
  if (targets.size() == 1) return define(targets[0], value);
  const List parts = value.elements();
  if (parts.size() != targets.size()) fail("{} values for {} names", parts.size(), targets.size());
  for (size_t i = 0; i < parts.size(); ++i) define(targets[i], parts[i]);
}

void Evaluator::set(const Statement& statement) {
  with_context(fmt::format("line {}", statement.line), [&] {
    Value value;
    if (statement.value) {
      value = evaluate(*statement.value);
    } else {
      const FrameGuard frame(*this);
      value = captured(statement.body);
    }
    if (statement.condition) {  // a block with filters
      const std::string input = value.text();
      const std::string* outer = std::exchange(filter_input_, &input);
      value = evaluate(*statement.condition);
      filter_input_ = outer;
    }
    if (statement.kind == Kind::kSet) return bind_targets(statement.targets, value);
    value.check_member();
    auto& members = look_up(statement.targets[0]).space().members;
    for (auto& [name, old] : members) {
      if (name != statement.name) continue;
      old = std::move(value);
      return;
    }
    members.emplace_back(statement.name, std::move(value));
  });
}

// The tree outlives every value that is made while it runs.
Value Evaluator::macro(const Statement& statement) {
  return Function([this, &statement, visible = frames_.size()](const Arguments& arguments) {
    return Value(call_macro(statement, visible, arguments));
  });
}

std::string Evaluator::call_macro(const Statement& statement, size_t visible_frames, const Arguments& arguments) {
  if (++depth_ > kDeepestCall) fail("macros call each other more than {} deep", kDeepestCall);
  // A macro sees what was there where it was defined, not what its caller has.
  std::vector<Frame> hidden;
  while (frames_.size() > visible_frames) {
    hidden.push_back(std::move(frames_.back()));
    frames_.pop_back();
  }
  std::string result;
  {
    const FrameGuard frame(*this);
    for (size_t i = 0; i < statement.parameters.size(); ++i) {
      const Parameter& parameter = statement.parameters[i];
      const Value* given = arguments.find(i, parameter.name);
      define(parameter.name, given != nullptr     ? *given
                             : parameter.fallback ? evaluate(*parameter.fallback)
                                                  : Value(Undefined{parameter.name}));
    }
    result = captured(statement.body);
  }
  for (; !hidden.empty(); hidden.pop_back()) frames_.push_back(std::move(hidden.back()));
  --depth_;
  return result;
}

std::string Template::render(const Dict& variables, std::time_t now) const {
  return Evaluator(variables, now).run(body_);
}

}  // namespace anemone::jinja
