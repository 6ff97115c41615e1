// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/model_builder.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr int64_t kUsualSequenceLength = 128;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_float_literal(const Operand& operand) {
  return !operand.is_value() && operand.literal().type().is_tensor() && is_float(operand.literal().type().dtype);
}

// Only ops that lead to an output; a function of an importer has no nested blocks and no effects.
void drop_unneeded_ops(Function& function) {
  std::set<ValueId> needed(function.body.outputs.begin(), function.body.outputs.end());
  std::vector<OpPtr> kept;
  for (auto op = function.body.ops.rbegin(); op != function.body.ops.rend(); ++op) {
    const auto& outputs = (*op)->outputs;
    if (std::none_of(outputs.begin(), outputs.end(), [&](const Output& output) { return needed.contains(output.id); }))
      continue;
    for (const Argument& argument : (*op)->arguments)
      for (const Operand& operand : argument.operands)
        if (operand.is_value()) needed.insert(operand.value());
    kept.push_back(*op);
  }
  function.body.ops.assign(kept.rbegin(), kept.rend());
}

}  // namespace

ModelBuilder::ModelBuilder(const OpTable& table, const Config& config, CheckpointWeights& weights, ModelRequest request)
    : config_(config), weights_(weights), request_(std::move(request)), builder_(table, "main", request_.opset) {}

int64_t ModelBuilder::sequence_length(int64_t longest) const {
  return request_.sequence_length.value_or(std::min(kUsualSequenceLength, longest));
}

int64_t ModelBuilder::image_size(int64_t usual) {
  takes_images_ = true;
  return request_.image_size.value_or(usual);
}

ValueId ModelBuilder::typed_input(const std::string& name, const ConcreteShape& usual, DType dtype) {
  known_inputs_.push_back(name);
  if (!request_.inputs.empty() && !contains(request_.inputs, name))
    fail("--inputs: {} is missing, which the model requires", name);
  const auto asked = request_.shapes.find(name);
  const ConcreteShape& shape = asked == request_.shapes.end() ? usual : asked->second;
  if (shape.size() != usual.size())
    fail("--shape: {} has shape {}, expected {} dimensions as in {}", name, to_string(shape), usual.size(),
         to_string(usual));
  return inputs_[name] = builder_.input(public_name(name), Type::tensor(dtype, shape));
}

ValueId ModelBuilder::input(const std::string& name, const ConcreteShape& usual) {
  return typed_input(name, usual, DType::kInt32);
}

ValueId ModelBuilder::float_input(const std::string& name, const ConcreteShape& usual) {
  const ValueId value = typed_input(name, usual, DType::kFloat32);
  if (request_.precision == DType::kFloat32) return value;
  return add("cast", {{"x", value}, {"dtype", "fp16"}}, name + ".to_fp16", "input " + name);
}

bool ModelBuilder::wants(const std::string& name, bool by_default) {
  by_default = by_default || contains(wanted_inputs_, name);
  if (request_.inputs.empty() ? by_default || request_.shapes.contains(name) : contains(request_.inputs, name))
    return true;
  known_inputs_.push_back(name);
  return false;
}

std::optional<ValueId> ModelBuilder::optional_input(const std::string& name, const ConcreteShape& usual,
                                                    bool by_default) {
  return wants(name, by_default) ? std::optional(input(name, usual)) : std::nullopt;
}

std::optional<ValueId> ModelBuilder::optional_float_input(const std::string& name, const ConcreteShape& usual) {
  return wants(name, false) ? std::optional(float_input(name, usual)) : std::nullopt;
}

std::optional<ValueId> ModelBuilder::find_input(const std::string& name) const {
  const auto found = inputs_.find(name);
  return found == inputs_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ValueId> ModelBuilder::find_output(const std::string& name) const {
  for (const Offer& offer : offers_)
    if (offer.name == name) return offer.value;
  return std::nullopt;
}

void ModelBuilder::make_outputs_optional() {
  for (Offer& offer : offers_) offer.main = false;
}

void ModelBuilder::hidden_states(const std::vector<ValueId>& states) {
  for (size_t i = 0; i < states.size(); ++i) {
    optional_output(fmt::format("hidden_states.{}", i), states[i]);
    optional_output(fmt::format("hidden_states.-{}", states.size() - i), states[i]);
  }
}

// Gives float literals their element type. True when the op must work in float32 instead of half precision; its values
// are then float32 already.
bool ModelBuilder::widen(std::vector<Arg>& args, const std::string& name) {
  bool wide = request_.precision == DType::kFloat32;
  for (const Arg& arg : args)
    for (const Operand& operand : arg.operands)
      wide = wide || (is_float_literal(operand) && weights_.exceeds_half(operand.literal()));
  for (Arg& arg : args)
    for (Operand& operand : arg.operands) {
      if (is_float_literal(operand)) {
        const Constant& literal = operand.literal();
        operand = Operand(wide ? literal.cast(DType::kFloat32) : literal.saturated_half());
      } else if (wide && operand.is_value() && builder_.type(operand.value()).dtype == DType::kFloat16) {
        operand = Operand(builder_.add("cast", {{"x", operand.value()}, {"dtype", "fp32"}}, name + ".to_fp32"));
      }
    }
  return wide && request_.precision == DType::kFloat16;
}

std::vector<ValueId> ModelBuilder::add_many(const std::string& op_type, std::vector<Arg> args, const std::string& name,
                                            const std::string& provenance) {
  builder_.set_provenance(provenance);
  const bool widened = widen(args, name);
  std::vector<ValueId> values = builder_.add_many(op_type, std::move(args), name);
  if (!widened) return values;
  warn(fmt::format("{} works in fp32: its weights are too large for fp16", name));
  for (ValueId& value : values)
    if (builder_.type(value).dtype == DType::kFloat32)
      value = builder_.add("cast", {{"x", value}, {"dtype", "fp16"}}, name + ".to_fp16");
  return values;
}

ValueId ModelBuilder::add(const std::string& op_type, std::vector<Arg> args, const std::string& name,
                          const std::string& provenance) {
  return add_many(op_type, std::move(args), name, provenance).front();
}

ValueId ModelBuilder::constant(const Constant& value, const std::string& name, const std::string& provenance) {
  builder_.set_provenance(provenance);
  const bool rounds = request_.precision == DType::kFloat16 && is_float_literal(Operand(value));
  return builder_.constant(rounds ? value.saturated_half() : value, name);
}

void ModelBuilder::warn(const std::string& text) {
  if (!contains(warnings_, text)) warnings_.push_back(text);
}

void ModelBuilder::check_requested_inputs() const {
  if (request_.image_size && !takes_images_) fail("--image-size: the model takes no images");
  for (const std::string& name : request_.inputs)
    if (!contains(known_inputs_, name))
      fail("--inputs: the model has no input {}: expected {}", name, any_of(known_inputs_));
  for (const auto& [name, shape] : request_.shapes)
    if (!contains(known_inputs_, name))
      fail("--shape: the model has no input {}: expected {}", name, any_of(known_inputs_));
}

std::vector<ModelBuilder::Offer> ModelBuilder::chosen_outputs() const {
  std::vector<Offer> chosen;
  if (request_.outputs.empty()) {
    std::copy_if(offers_.begin(), offers_.end(), std::back_inserter(chosen),
                 [](const Offer& offer) { return offer.main; });
    return chosen;
  }
  std::vector<std::string> names;
  for (const Offer& offer : offers_) names.push_back(offer.name);
  for (const std::string& name : request_.outputs) {
    const auto found = std::find_if(offers_.begin(), offers_.end(), [&](const Offer& o) { return o.name == name; });
    if (found == offers_.end()) fail("--outputs: the model has no output {}: expected {}", name, any_of(names));
    const auto is_chosen = [&](const Offer& other) { return other.name == name; };
    if (std::any_of(chosen.begin(), chosen.end(), is_chosen)) fail("--outputs: {} is given twice", name);
    chosen.push_back(*found);
  }
  return chosen;
}

// Without --rename, characters that Core ML does not accept become "_": hidden_states.0 is hidden_states_0.
std::string ModelBuilder::public_name(const std::string& name) {
  const auto renamed = request_.renames.find(name);
  const std::string wish = renamed == request_.renames.end() ? sanitized_name(name) : renamed->second;
  if (sanitized_name(wish) != wish) fail("--rename: {} is not a name that Core ML accepts", wish);
  const auto [taken, fresh] = public_names_.emplace(wish, name);
  if (!fresh) fail("--rename: both {} and {} would be called {}", taken->second, name, wish);
  return wish;
}

// A value of its own for an output, under the output's name.
ValueId ModelBuilder::handed_out(const Offer& offer, const std::vector<ValueId>& before) {
  builder_.set_provenance("output " + offer.name);
  ValueId value = offer.value;
  if (builder_.type(value).dtype == DType::kFloat16)
    value = builder_.add("cast", {{"x", value}, {"dtype", "fp32"}}, offer.name);
  else if (std::find(before.begin(), before.end(), value) != before.end())
    value = builder_.add("identity", {{"x", value}}, offer.name);
  builder_.rename(value, public_name(offer.name));
  return value;
}

Function ModelBuilder::finish() {
  check_requested_inputs();
  std::vector<ValueId> outputs;
  std::vector<std::string> names;
  for (const Offer& offer : chosen_outputs()) {
    outputs.push_back(handed_out(offer, outputs));
    names.push_back(offer.name);
  }
  for (const auto& [name, wish] : request_.renames)
    if (!public_names_.contains(wish)) fail("--rename: the program has no input or output {}", name);
  Function function = builder_.finish(outputs);
  drop_unneeded_ops(function);
  for (size_t i = 0; i < names.size(); ++i)
    if (const auto text = descriptions_.find(names[i]); text != descriptions_.end())
      function.output_features[i].description = text->second;
  return function;
}

ValueId Module::op(const std::string& op_type, std::vector<Arg> args, const std::string& part) const {
  return ops(op_type, std::move(args), part).front();
}

std::vector<ValueId> Module::ops(const std::string& op_type, std::vector<Arg> args, const std::string& part) const {
  return model_->add_many(op_type, std::move(args), part.empty() ? path_ : path_ + "." + part, path_);
}

ValueId Module::constant(const Constant& value, const std::string& part) const {
  return model_->constant(value, path_ + "." + part, path_);
}

}  // namespace anemone
