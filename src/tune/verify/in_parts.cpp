// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/in_parts.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "ir/graph.h"
#include "runtime/interface.h"

namespace anemone {
namespace {

using Ops = std::vector<OpPtr>;
using Parts = std::vector<std::shared_ptr<const Function>>;

bool holds_weights(const Op& op) { return op.type == "const" || is_constexpr(op); }

// Whether values can be handed from one part to the next.
bool can_be_cut(const Graph& graph) {
  const auto known = [](const Output& output) {
    return output.type.is_concrete() && output.type.dtype != DType::kString;
  };
  const auto is_computed = [&](ValueId output) {
    const Op* maker = graph.producer(output);
    return maker && !holds_weights(*maker);
  };
  const Function& function = graph.function();
  if (!std::all_of(function.inputs.begin(), function.inputs.end(), known)) return false;
  if (!std::all_of(function.body.outputs.begin(), function.body.outputs.end(), is_computed)) return false;
  return std::all_of(function.body.ops.begin(), function.body.ops.end(), [&](const OpPtr& op) {
    if (holds_weights(*op)) return true;
    return op->blocks.empty() && op->type.rfind("random_", 0) != 0 &&
           std::all_of(op->outputs.begin(), op->outputs.end(), known);
  });
}

class Cutter {
 public:
  Cutter(const Graph& graph, int64_t part_bytes) : graph_(graph), part_bytes_(part_bytes) {}

  Parts run() {
    for (const OpPtr& op : graph_.function().body.ops) {
      if (holds_weights(*op)) continue;
      if (bytes_ > 0 && bytes_ + missing_bytes(*op) > part_bytes_) close();
      take(op);
    }
    close();
    Parts functions;
    for (size_t i = 0; i < parts_.size(); ++i) functions.push_back(function_of(i));
    return functions;
  }

 private:
  void close() {
    if (!ops_.empty()) parts_.push_back(std::move(ops_));
    ops_.clear();
    taken_.clear();
    bytes_ = 0;
  }

  static int64_t bytes_of(const Op& op) {
    return op.outputs[0].type.is_concrete() ? product(op.outputs[0].type.concrete()) * 4 : 0;
  }

  int64_t missing_bytes(const Op& op) const {
    int64_t bytes = 0;
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands)
        if (const Op* maker = operand.is_value() ? graph_.producer(operand.value()) : nullptr;
            maker && holds_weights(*maker) && !taken_.count(operand.value()))
          bytes += bytes_of(*maker);
    return bytes;
  }

  // The op behind the constants that it needs and the part does not have.
  void take(const OpPtr& op) {
    for (const Argument& argument : op->arguments)
      for (const Operand& operand : argument.operands) {
        if (!operand.is_value() || !graph_.producer(operand.value()) || taken_.count(operand.value())) continue;
        const OpPtr& maker = graph_.producer_ptr(operand.value());
        if (!holds_weights(*maker)) continue;
        bytes_ += bytes_of(*maker);
        take(maker);
      }
    for (const Output& output : op->outputs) taken_.insert(output.id);
    part_of_[op.get()] = parts_.size();
    ops_.push_back(op);
  }

  std::shared_ptr<const Function> function_of(size_t part) const {
    auto function = std::make_shared<Function>();
    function->name = "main";
    function->opset = graph_.function().opset;
    function->next_value = graph_.function().next_value;
    function->body.ops = parts_[part];
    std::set<ValueId> made;
    for (const OpPtr& op : parts_[part]) {
      for (const Argument& argument : op->arguments)
        for (const Operand& operand : argument.operands)
          if (operand.is_value() && made.insert(operand.value()).second)
            function->inputs.push_back(graph_.output(operand.value()));
      for (const Output& output : op->outputs) made.insert(output.id);
      if (holds_weights(*op)) continue;
      for (const Output& output : op->outputs)
        if (is_needed_behind(output.id, part)) function->body.outputs.push_back(output.id);
    }
    return function;
  }

  bool is_needed_behind(ValueId value, size_t part) const {
    const auto in_part = [&](const Op* user) { return part_of_.at(user) == part; };
    const auto& users = graph_.users(value);
    return graph_.is_function_output(value) || !std::all_of(users.begin(), users.end(), in_part);
  }

  const Graph& graph_;
  const int64_t part_bytes_;
  Ops ops_;
  std::set<ValueId> taken_;
  int64_t bytes_ = 0;
  std::vector<Ops> parts_;
  std::unordered_map<const Op*, size_t> part_of_;  // of ops that compute
};

// All samples through one part after the other.
class Walk {
 public:
  Walk(const Graph& graph, const std::vector<InputSample>& samples, const RunOptions& options)
      : graph_(graph), options_(options), samples_(samples), values_(samples.size()), results_(samples.size()) {}

  std::vector<SampleResult> run(const Parts& parts) {
    for (size_t i = 0; i < samples_.size(); ++i) {
      results_[i].calls.emplace_back();
      tried(i, [&] { values_[i] = adapt_inputs(graph_.function(), samples_[i].calls.at(0), options_.numerics); });
    }
    for (size_t p = 0; p < parts.size(); ++p) {
      Program program;
      program.functions["main"] = parts[p];
      Executable part(std::make_shared<const Program>(std::move(program)), options_);
      for (size_t i = 0; i < samples_.size(); ++i) tried(i, [&] { run_sample(part, *parts[p], i); });
      forget(parts, p + 1);
    }
    return std::move(results_);
  }

 private:
  template <typename Work>
  void tried(size_t sample, const Work& work) {
    SampleResult& result = results_[sample];
    if (!result.impossible.empty()) return;
    try {
      work();
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      result = {};
      result.impossible = error.what();
      const auto hopeless = [](const SampleResult& other) { return !other.impossible.empty(); };
      if (std::all_of(results_.begin(), results_.end(), hopeless)) throw error.within(samples_[sample].name);
    }
  }

  void run_sample(Executable& part, const Function& function, size_t sample) {
    TensorMap inputs;
    TensorMap states;
    for (const Output& input : function.inputs) inputs[input.name] = values_[sample].at(input.name);
    auto made = part.run(function.name, inputs, states);
    for (const ValueId id : function.body.outputs) {
      RuntimeValue& value = made.at(graph_.name(id));
      if (value.kind == RuntimeValue::Kind::kTensor) values_[sample][graph_.name(id)] = value.tensor;
      if (!graph_.is_function_output(id)) continue;
      if (value.kind == RuntimeValue::Kind::kTensor)
        value.tensor = handed_out(value.tensor, graph_.type(id), options_.numerics);
      results_[sample].calls[0].outputs[graph_.name(id)] = std::move(value);
    }
  }

  // Lets go what no part from `next` on takes.
  void forget(const Parts& parts, size_t next) {
    std::set<std::string> needed;
    for (size_t p = next; p < parts.size(); ++p)
      for (const Output& input : parts[p]->inputs) needed.insert(input.name);
    for (TensorMap& values : values_)
      for (auto entry = values.begin(); entry != values.end();)
        entry = needed.count(entry->first) ? std::next(entry) : values.erase(entry);
  }

  const Graph& graph_;
  const RunOptions& options_;
  const std::vector<InputSample>& samples_;
  std::vector<TensorMap> values_;  // of each sample, that later parts may take
  std::vector<SampleResult> results_;
};

}  // namespace

std::vector<SampleResult> run_in_parts(const Program& program, const std::vector<InputSample>& samples,
                                       const RunOptions& options, int64_t part_bytes) {
  const Graph graph(program.main());
  const bool once =
      std::all_of(samples.begin(), samples.end(), [](const InputSample& sample) { return sample.calls.size() == 1; });
  const Parts parts = once && can_be_cut(graph) ? Cutter(graph, part_bytes).run() : Parts();
  if (parts.size() > 1) return Walk(graph, samples, options).run(parts);
  Session session(std::make_shared<const Program>(program), options);
  return run_samples(session, samples, "", true);
}

}  // namespace anemone
