// SPDX-License-Identifier: Apache-2.0
// Whole layers go: what a layer made is what it was given instead. Layers are the numbered parts of where ops came from
// ("encoder.layer.3.attention ...") whose one result has the type of one thing they were given.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/strings.h"
#include "compress/importance.h"
#include "compress/method.h"
#include "compress/settings.h"
#include "ir/patch.h"
#include "ops/ops.h"

namespace anemone {
namespace {

struct Options {
  std::set<int64_t> numbers;  // those that go; empty: `count` that count least
  int64_t count = 1;
  std::shared_ptr<const ImportanceFile> importance;
};

using LayerName = std::pair<std::string, int64_t>;  // "encoder.layer", 3

struct Layer {
  std::vector<const Op*> ops;  // in order, without constants
  std::vector<const Weight*> weights;
  ValueId from = kNoValue, to = kNoValue;
  double score = 0;  // the mean of the squares of its weights, or of what they add where inputs count
  std::string obstacle;
};

// The first number between points.
std::optional<LayerName> layer_of(const Op& op) {
  const std::vector<std::string> parts = split(split(op.provenance, '|').front(), '.');
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty())
      if (const auto number = parse_int(part); number && std::isdigit(static_cast<unsigned char>(part[0])))
        return LayerName{name, *number};
    name += (name.empty() ? "" : ".") + part;
  }
  return std::nullopt;
}

class Remover {
 public:
  Remover(const ReductionInput& input, const Options& options) : input_(input), options_(options) {}

  Reduction run() {
    gather();
    for (auto& [name, layer] : layers_) find_ends(layer);
    for (const LayerName& name : chosen()) take_out(name, layers_.at(name));
    patch_.pass = "remove_layers";
    result_.function = apply(input_.function, {patch_}, op_table()).function;
    return std::move(result_);
  }

 private:
  void gather() {
    for (const OpPtr& op : input_.function.body.ops) {
      if (!is_executed(*op)) continue;
      if (const auto name = layer_of(*op)) layers_[*name].ops.push_back(op.get());
    }
    for (auto& [name, layer] : layers_) {
      const std::set<const Op*> own(layer.ops.begin(), layer.ops.end());
      for (const Weight* weight : input_.weights)
        if (own.count(weight->users.front())) layer.weights.push_back(weight);
    }
  }

  // Its one result, and the one thing of the same type that it was given.
  void find_ends(Layer& layer) const {
    std::set<ValueId> made, given, results;
    for (const Op* op : layer.ops) {
      if (!op->blocks.empty() || op->type.find("state") != std::string::npos) layer.obstacle = "it has states or loops";
      for (const Output& output : op->outputs) made.insert(output.id);
    }
    for (const Op* op : layer.ops) {
      for (const Argument& argument : op->arguments)
        for (const Operand& operand : argument.operands)
          if (operand.is_value() && !made.count(operand.value())) given.insert(operand.value());
      for (const Output& output : op->outputs)
        if (is_result(output.id, layer)) results.insert(output.id);
    }
    if (results.size() != 1) return void(layer.obstacle = fmt::format("it has {} results", results.size()));
    layer.to = *results.begin();
    for (const ValueId value : given) {
      const Op* producer = input_.graph.producer(value);
      if ((producer && !is_executed(*producer)) || input_.graph.type(value) != input_.graph.type(layer.to)) continue;
      if (layer.from != kNoValue) layer.obstacle = "it is given several things that are like its result";
      layer.from = value;
    }
    if (layer.from == kNoValue) layer.obstacle = "its result is like nothing that it is given";
  }

  bool is_result(ValueId value, const Layer& layer) const {
    if (input_.graph.is_block_output(value)) return true;
    const auto& users = input_.graph.users(value);
    return std::any_of(users.begin(), users.end(), [&](const Op* user) {
      return std::find(layer.ops.begin(), layer.ops.end(), user) == layer.ops.end();
    });
  }

  std::vector<LayerName> chosen() {
    std::vector<std::pair<double, LayerName>> fit;
    for (auto& [name, layer] : layers_) {
      const bool wanted = options_.numbers.empty() || options_.numbers.count(name.second);
      if (layer.weights.empty() || !wanted) continue;
      if (!layer.obstacle.empty())
        result_.parts.push_back({full(name), layer.obstacle});
      else
        fit.emplace_back(options_.numbers.empty() ? score_of(layer) : 0, name);
    }
    if (fit.empty() && result_.parts.empty())
      result_.parts.push_back({input_.function.name, "no such numbered layers are known from where its ops came from"});
    std::sort(fit.begin(), fit.end());
    std::vector<LayerName> names;
    for (const auto& entry : fit)
      if (!options_.numbers.empty() || static_cast<int64_t>(names.size()) < options_.count)
        names.push_back(entry.second);
    return names;
  }

  static std::string full(const LayerName& name) { return fmt::format("{}.{}", name.first, name.second); }

  double score_of(const Layer& layer) const {
    double sum = 0, count = 0;
    for (const Weight* weight : layer.weights) {
      Draft draft(weight->value().stored());
      draft.name = weight->name();
      draft.input_axis = weight->input_axis;
      const Importance importance = options_.importance ? options_.importance->of(draft) : Importance();
      int64_t inner = 1;
      for (size_t i = static_cast<size_t>(std::max(draft.input_axis, 0)) + 1; i < draft.shape().size(); ++i)
        inner *= draft.shape()[i];
      std::vector<float> values(static_cast<size_t>(draft.size()));
      draft.read(0, draft.size(), values.data());
      for (size_t i = 0; i < values.size(); ++i)
        sum += static_cast<double>(values[i]) * values[i] *
               (importance.empty() ? 1 : importance[i / static_cast<size_t>(inner) % importance.size()]);
      count += static_cast<double>(values.size());
      weight->value().release();
    }
    return std::isfinite(sum) ? sum / count : HUGE_VAL;
  }

  void take_out(const LayerName& name, const Layer& layer) {
    ValueId from = layer.from;  // what the layer before was given, when that goes as well
    while (patch_.replace.count(from)) from = patch_.replace.at(from);
    for (auto& [old, instead] : patch_.replace)
      if (instead == layer.to) instead = from;
    patch_.replace[layer.to] = from;
    Reduced part{full(name), "the layer goes", true};
    for (const Op* op : layer.ops) {
      patch_.remove.insert(op->id());
      for (const Argument& argument : op->arguments)
        for (const Operand& operand : argument.operands)
          if (operand.is_value()) take_out_constant(operand.value(), layer, part);
    }
    result_.parts.push_back(std::move(part));
  }

  // Constants that nothing else uses.
  void take_out_constant(ValueId value, const Layer& layer, Reduced& part) {
    const Op* op = input_.graph.producer(value);
    if (!op || is_executed(*op) || is_result(value, layer) || !patch_.remove.insert(op->id()).second) return;
    const Type& type = input_.graph.type(value);
    if (type.is_tensor() && type.is_concrete() && is_float(type.dtype))
      part.bytes_before += *byte_size(type.dtype, type.element_count());
  }

  const ReductionInput& input_;
  const Options& options_;
  std::map<LayerName, Layer> layers_;
  Patch patch_;
  Reduction result_;
};

MethodStep make(Settings& settings) {
  Options options;
  if (settings.has("layers")) {
    const Json list = settings.value("layers");
    for (const Json& entry : list.is_array() ? list : Json::array({list})) {
      if (!entry.is_number_integer() || entry < 0)
        fail("remove_layers: layers: {}: expected numbers of layers", list.dump());
      options.numbers.insert(entry.get<int64_t>());
    }
    if (options.numbers.empty()) fail("remove_layers: layers: expected numbers of layers");
  } else {
    options.count = settings.integer("count", 1, 1, INT32_MAX);
  }
  const std::string importance = settings.text("importance", "");
  if (!importance.empty()) options.importance = std::make_shared<const ImportanceFile>(importance);
  MethodStep step;
  step.reduce = [options](const ReductionInput& input) { return Remover(input, options).run(); };
  return step;
}

}  // namespace

void register_method_remove_layers(MethodTable& table) {
  table.add({"remove_layers", "Whole layers go: those named, or those that count least", make});
}

}  // namespace anemone
